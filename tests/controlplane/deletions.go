// KWOK ends a pod by its name alone. When the pod went by other means meanwhile, that hits the next one of the same name,
// which no kubelet would do: it ends a pod by uid. So the API server refuses what KWOK would end without having been asked.
package main

import (
	"context"
	"errors"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const onlyDeleted = "iriskit-test-kwok-ends-deleted-pods-only"

// guardDeletions returns when the rule is in force: the API server reads new policies only after a while.
func (p *plane) guardDeletions(ctx context.Context) error {
	admission := p.client.AdmissionregistrationV1()
	if _, err := admission.ValidatingAdmissionPolicies().Create(ctx, policy(), metav1.CreateOptions{}); err != nil {
		return err
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: onlyDeleted},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: onlyDeleted, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		},
	}
	if _, err := admission.ValidatingAdmissionPolicyBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return err
	}

	kwok, err := connect(p.kubeconfig("kwok"))
	if err != nil {
		return err
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: onlyDeleted},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "example/none:1"}}},
	}
	pods := p.client.CoreV1().Pods(metav1.NamespaceDefault)
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	dryRun := metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	err = p.wait(ctx, "the rule of KWOK's deletions", func() error {
		err := kwok.CoreV1().Pods(metav1.NamespaceDefault).Delete(ctx, pod.Name, dryRun)
		if err == nil {
			return errors.New("KWOK may still end any pod")
		}
		if apierrors.IsInvalid(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return pods.Delete(ctx, pod.Name, *metav1.NewDeleteOptions(0))
}

func policy() *admissionv1.ValidatingAdmissionPolicy {
	pods := admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}}
	deletions := admissionv1.RuleWithOperations{Operations: []admissionv1.OperationType{admissionv1.Delete}, Rule: pods}
	return &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: onlyDeleted},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: deletions}},
			},
			MatchConditions: []admissionv1.MatchCondition{{Name: "kwok", Expression: "request.userInfo.username == 'kwok'"}},
			Validations: []admissionv1.Validation{{
				Expression: "has(oldObject.metadata.deletionTimestamp)", Message: "nobody deleted this pod",
			}},
		},
	}
}
