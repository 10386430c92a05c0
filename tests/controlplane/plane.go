// One control plane: its parts, their flags, and the order in which they start and stop.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"k8s.io/client-go/kubernetes"
)

type plane struct {
	layout
	server  string
	etcd    string
	version string
	client  *kubernetes.Clientset
	parts   []*process
	died    chan *process
}

// start returns when the cluster is usable, or with the reason why not. Even then there are processes to stop.
func (p *plane) start(ctx context.Context) error {
	storage, err := freePort()
	if err != nil {
		return err
	}
	api, err := freePort()
	if err != nil {
		return err
	}
	p.etcd = fmt.Sprintf("http://127.0.0.1:%d", storage)
	p.server = fmt.Sprintf("https://127.0.0.1:%d", api)
	if err := p.prepare(p.server); err != nil {
		return err
	}
	if p.client, err = connect(p.kubeconfig("admin")); err != nil {
		return err
	}

	const peer = "http://127.0.0.1:0" // the only member never talks to a peer
	if err := p.run("etcd", "--data-dir="+p.path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+p.etcd, "--advertise-client-urls="+p.etcd,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
	); err != nil {
		return err
	}
	if err := p.run("kube-apiserver", "--etcd-servers="+p.etcd, fmt.Sprintf("--secure-port=%d", api),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none", // a loopback address is refused in Endpoints
		"--tls-cert-file="+p.path("tls.crt"), "--tls-private-key-file="+p.path("tls.key"), "--cert-dir="+p.dir,
		"--token-auth-file="+p.path("tokens.csv"), "--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+p.path("service-accounts.key"),
		"--service-account-signing-key-file="+p.path("service-accounts.key"),
		"--service-cluster-ip-range=10.0.0.0/16", "--allow-privileged=true", "--profiling=false",
		"--audit-policy-file="+p.path("audit-policy.yaml"), "--audit-log-path="+p.path("audit.log"),
		"--audit-log-maxsize=0", // one file, never rotated: the tests read it by offset
	); err != nil {
		return err
	}
	if err := p.ready(ctx); err != nil {
		return err
	}

	// The two have no servers of their own here, and enough requests for many tests at once.
	common := func(part string) []string {
		return []string{"--kubeconfig=" + p.kubeconfig(part), "--leader-elect=false", "--secure-port=0",
			"--authentication-skip-lookup=true", "--kube-api-qps=500", "--kube-api-burst=1000"}
	}
	if err := p.run("kube-controller-manager", append(common("kube-controller-manager"),
		"--service-account-private-key-file="+p.path("service-accounts.key"), "--root-ca-file="+p.path("tls.crt"),
		"--use-service-account-credentials=true", "--enable-hostpath-provisioner=true",
	)...); err != nil {
		return err
	}
	if err := p.run("kube-scheduler", common("kube-scheduler")...); err != nil {
		return err
	}
	if err := p.run("kwok", "--kubeconfig="+p.kubeconfig("kwok"), "--config="+p.path("stages.yaml"),
		"--manage-all-nodes=true", "--node-lease-duration-seconds=40", "--server-address=127.0.0.1:0",
		"--cidr=10.244.0.0/16", "--node-ip=10.1.0.1",
	); err != nil {
		return err
	}
	return p.furnish(ctx)
}

func (p *plane) run(name string, args ...string) error {
	part, err := start(p.dir, name, args...)
	if err != nil {
		return err
	}
	p.parts = append(p.parts, part)
	go func() {
		<-part.done
		p.died <- part
	}()
	return nil
}

// stop ends the clients of the API server, then the API server, then etcd: an API server whose etcd went first
// ignores SIGTERM for minutes.
func (p *plane) stop() {
	var clients sync.WaitGroup
	for _, part := range p.parts {
		if part.name != "etcd" && part.name != "kube-apiserver" {
			clients.Go(func() { part.stop(stopGrace) })
		}
	}
	clients.Wait()
	volumes := p.hostPaths() // now that nothing makes more of them
	for _, name := range []string{"kube-apiserver", "etcd"} {
		for _, part := range p.parts {
			if part.name == name {
				part.stop(stopGrace)
			}
		}
	}
	for _, volume := range volumes {
		_ = os.RemoveAll(volume)
	}
	_ = os.Remove(hostPathParent) // if it is empty: other control planes use it too
}

func (p *plane) report() report {
	pids := map[string]int{}
	for _, part := range p.parts {
		pids[part.name] = part.cmd.Process.Pid
	}
	return report{
		Kubeconfig: p.kubeconfig("admin"), Audit: p.path("audit.log"), Dir: p.dir,
		Server: p.server, Etcd: p.etcd, Version: p.version, Pids: pids,
	}
}
