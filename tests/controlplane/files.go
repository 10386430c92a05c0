// What the parts read: certificate and keys, tokens, kubeconfigs, the audit policy.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// auditPolicy logs every request once, when it is answered (watches also when they begin).
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`

// users of the token file. The built-in roles give the controllers their rights, as in any cluster; KWOK has none there.
var users = []struct{ part, user, group string }{
	{"admin", "admin", "system:masters"},
	{"kube-controller-manager", "system:kube-controller-manager", ""},
	{"kube-scheduler", "system:kube-scheduler", ""},
	{"kwok", "kwok", "system:masters"},
}

// layout names the files below one folder.
type layout struct{ dir string }

func (l layout) path(name string) string       { return filepath.Join(l.dir, name) }
func (l layout) kubeconfig(part string) string { return l.path(part + ".kubeconfig") }
func (l layout) write(name, content string) error {
	return os.WriteFile(l.path(name), []byte(content), 0o600)
}

// prepare writes everything for an API server at this address.
func (l layout) prepare(server string) error {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, []string{"localhost"})
	if err != nil {
		return err
	}
	signing, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return err
	}
	stages, err := stages()
	if err != nil {
		return err
	}
	var tokens strings.Builder
	for _, u := range users {
		token := randomHex()
		fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", token, u.user, u.part, u.group)
		if err := clientcmd.WriteToFile(kubeconfig(server, certificate, u.user, token), l.kubeconfig(u.part)); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"tls.crt": string(certificate), "tls.key": string(key), "service-accounts.key": string(signing),
		"tokens.csv": tokens.String(), "audit-policy.yaml": auditPolicy, "stages.yaml": stages,
	} {
		if err := l.write(name, content); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfig(server string, ca []byte, user, token string) clientcmdapi.Config {
	const name = "iriskit-test"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: user}
	config.CurrentContext = name
	return *config
}

func randomHex() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
