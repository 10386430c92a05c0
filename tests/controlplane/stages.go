// KWOK plays the kubelet by stages: its own fast ones, and ours, with which a test holds, delays or fails a pod.
//
// Annotations (or labels) of a pod:
//
//	iriskit-test/hold: "true"       runs but is not ready until this is removed
//	iriskit-test/fail: REASON       its containers wait with ImagePullBackOff or CrashLoopBackOff until this is removed
//	iriskit-test/delay: 2s          becomes ready after this long
//	iriskit-test/stop-delay: 2s     goes only this long after it was deleted
//
// An image with the tag "no-such-tag" fails with ImagePullBackOff too.
package main

import (
	_ "embed"
	"strings"

	"sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	"sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/yaml"
)

//go:embed stages.yaml
var ownStages string

// What a test asked of a pod, as jq expressions over it.
const (
	asked = `((.metadata.labels // {}) + (.metadata.annotations // {}))`
	hold  = asked + `["iriskit-test/hold"]`
	fail  = asked + `["iriskit-test/fail"] // (if any(.spec.containers[]; .image | endswith(":no-such-tag")) then "ImagePullBackOff" else null end)`
)

// stages gives the documents of KWOK's configuration file.
func stages() (string, error) {
	ready, err := edit(podfast.DefaultPodReady, func(s *v1alpha1.StageSpec) {
		// Running pods can become ready as well: one that was held, or failed.
		for i, e := range s.Selector.MatchExpressions {
			if e.Key == ".status.phase" {
				s.Selector.MatchExpressions[i].Values = []string{"Pending", "Running"}
			}
		}
		s.Selector.MatchExpressions = append(s.Selector.MatchExpressions, absent(hold), absent(fail))
		s.Delay = delay("iriskit-test/delay")
		// KWOK gives a pod an address each time; one that had been running keeps its own.
		s.Next.StatusTemplate = strings.ReplaceAll(s.Next.StatusTemplate,
			"{{ with $podIPs }}", "{{ with or (and .status.podIP (list .status.podIP)) $podIPs }}")
	})
	if err != nil {
		return "", err
	}
	gone, err := edit(podfast.DefaultPodDelete, func(s *v1alpha1.StageSpec) { s.Delay = delay("iriskit-test/stop-delay") })
	if err != nil {
		return "", err
	}
	own := strings.NewReplacer("$HOLD", hold, "$FAIL", fail).Replace(ownStages)
	return strings.Join([]string{
		fast.DefaultNodeInit, heartbeat.DefaultNodeHeartbeatWithLease, podfast.DefaultPodComplete, ready, gone, own,
	}, "\n---\n"), nil
}

// edit changes one of KWOK's own stages.
func edit(document string, change func(*v1alpha1.StageSpec)) (string, error) {
	var stage v1alpha1.Stage
	if err := yaml.UnmarshalStrict([]byte(document), &stage); err != nil {
		return "", err
	}
	change(&stage.Spec)
	out, err := yaml.Marshal(stage)
	return string(out), err
}

func absent(expression string) v1alpha1.MatchExpression {
	return v1alpha1.MatchExpression{Key: expression, Operator: v1alpha1.SelectorOpDoesNotExist}
}

// delay waits for the duration that the pod asks for under this name, by default not at all.
func delay(name string) *v1alpha1.StageDelay {
	return &v1alpha1.StageDelay{DurationFrom: &v1alpha1.ExpressionFrom{ExpressionFrom: asked + `["` + name + `"]`}}
}
