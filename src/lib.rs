//! iriskit: plan and apply for InterSystems IRIS on Kubernetes.
