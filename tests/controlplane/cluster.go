// What makes an API server a cluster that tests can use: nodes, storage classes, the default service account.
package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// hostPathParent is where the host-path provisioner makes the folders of its volumes; it can't be told another place.
const hostPathParent = "/tmp/hostpath_pv"

func connect(kubeconfig string) (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// ready waits for the API server, and asks for its version.
func (p *plane) ready(ctx context.Context) error {
	err := p.wait(ctx, "the API server", func() error {
		return p.client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
	if err != nil {
		return err
	}
	version, err := p.client.ServerVersion()
	if err != nil {
		return err
	}
	p.version = version.GitVersion
	return nil
}

// furnish makes the nodes and storage classes, waits until pods can run, and sees to it that KWOK ends the right ones.
func (p *plane) furnish(ctx context.Context) error {
	for _, class := range []*storagev1.StorageClass{storageClass("standard", true, false), storageClass("expandable", false, true)} {
		if _, err := p.client.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	for _, zone := range []string{"a", "b", "c"} {
		if _, err := p.client.CoreV1().Nodes().Create(ctx, node(zone), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	err := p.wait(ctx, "nodes and the default service account", func() error {
		nodes, err := p.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, n := range nodes.Items {
			if !usable(n) {
				return fmt.Errorf("node %s is not ready", n.Name)
			}
		}
		_, err = p.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return err
	}
	return p.guardDeletions(ctx)
}

func usable(n corev1.Node) bool {
	if len(n.Spec.Taints) > 0 { // a new node is tainted until a controller has seen it ready
		return false
	}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func node(zone string) *corev1.Node {
	name := "node-" + zone
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
		corev1.LabelHostname:       name,
		corev1.LabelTopologyRegion: "test",
		corev1.LabelTopologyZone:   "zone-" + zone,
		corev1.LabelOSStable:       "linux",
		corev1.LabelArchStable:     "amd64",
	}}}
}

func storageClass(name string, isDefault, expandable bool) *storagev1.StorageClass {
	class := &storagev1.StorageClass{
		ObjectMeta:           metav1.ObjectMeta{Name: name},
		Provisioner:          "kubernetes.io/host-path",
		AllowVolumeExpansion: &expandable,
	}
	if isDefault {
		class.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}
	}
	return class
}

// hostPaths lists the folders that the volumes of this cluster stand for. Best effort: the server may be gone.
func (p *plane) hostPaths() []string {
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	volumes, err := p.client.CoreV1().PersistentVolumes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	var paths []string
	for _, v := range volumes.Items {
		if h := v.Spec.HostPath; h != nil && strings.HasPrefix(filepath.Clean(h.Path), hostPathParent+"/") {
			paths = append(paths, h.Path)
		}
	}
	return paths
}

// wait asks again and again until there is no error, a part has ended, or time is up.
func (p *plane) wait(ctx context.Context, what string, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, err)
		case dead := <-p.died:
			return dead.why()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
