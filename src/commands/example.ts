/** A config file to start from: what `kubestrap config print` shows when no cluster is given. */
export const example = `apiVersion: kubestrap.dev/v1
kind: Cluster
metadata:
  name: prod                             # also the name of the kubectl context
spec:
  kubernetesVersion: v1.37.1
  # controlPlaneEndpoint: api.prod.example:6443   # a name or a load balancer in front of the control planes
  # loadBalancer: node-proxy             # or none in front: a proxy on each node that knows all control planes
  network:
    podSubnet: 10.244.0.0/16
    serviceSubnet: 10.96.0.0/12
    cni: flannel                         # or none, and bring your own
  ssh:                                   # holds for every node; a node can say otherwise
    user: root
    identityFile: ~/.ssh/id_ed25519
  nodes:                                 # the first control plane is where the cluster is born
    - name: cp1
      role: control-plane
      address: 203.0.113.11
    - name: w1
      role: worker
      address: 203.0.113.21
  # mirror: cn                           # where artifacts come from, if not from their projects
  lock: kubestrap.lock                   # what the artifacts must be
`;
