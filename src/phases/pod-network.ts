import {family, splitSubnets} from '../cluster/network.ts';
import {deviceOf} from '../contract/node-address.ts';
import type {Command, Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {imagesFor} from '../versions.ts';

const environment = '/run/flannel/subnet.env';
const plugin = '/opt/cni/bin/flannel';
const configuration = '/etc/cni/net.d/10-flannel.conflist';
/** What flannel makes on its own, wherever it is quicker than we are. */
export const madeByFlannel = ['/run/flannel', plugin, configuration];

/** `sh -c SCRIPT sh NODE IMAGE`: the controller manager has given the node its subnet, and the image that the plug-in is in has come. */
const subnetKnown = `[ -e ${environment} ] && exit
[ -n "$(ctr --namespace=k8s.io images list --quiet "name==$2")" ] &&
	kubectl --kubeconfig=/etc/kubernetes/kubelet.conf wait --for='jsonpath={.spec.podCIDR}' --timeout=30s "node/$1" || { sleep 1; exit 1; }`;

/**
 * `sh -c SCRIPT sh NODE IMAGE NETWORK DEVICE LESS`: what flanneld writes when it comes up, from the same source (the Node's podCIDR), and the
 * plug-in from its image. A worker asks over a line that may be cut for a while, so it asks for two minutes. LESS is what the backend takes off the device's MTU. Until flanneld has made its routes, packets to pods of other
 * nodes are refused here instead of leaving by the default route.
 */
const layDown = `set -e
if [ ! -e ${environment} ]; then
	tries=12
	until subnet=$(kubectl --kubeconfig=/etc/kubernetes/kubelet.conf --request-timeout=10s get node "$1" --output='jsonpath={.spec.podCIDR}'); do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || exit 1
		sleep 1
	done
	ip route replace unreachable "$3" metric 4096
	mkdir -p /run/flannel
	printf 'FLANNEL_NETWORK=%s\\nFLANNEL_SUBNET=%s.1/%s\\nFLANNEL_MTU=%s\\nFLANNEL_IPMASQ=true\\n' \\
		"$3" "\${subnet%.*}" "\${subnet#*/}" "$(($(cat "/sys/class/net/$4/mtu") - $5))" >${environment}.new
	mv ${environment}.new ${environment}
fi
if [ ! -e ${plugin} ]; then
	place=$(mktemp -d /run/kubestrap-image.XXXXXX)
	ctr --namespace=k8s.io images mount "$2" "$place"
	cp "$place/flannel" ${plugin}.new && chmod 0755 ${plugin}.new && mv ${plugin}.new ${plugin} && rc=0 || rc=1
	ctr --namespace=k8s.io images unmount --rm "$place"
	rmdir "$place"
	exit $rc
fi`;

const isLaidDown: Command = {sh: `[ -e ${environment} ] && [ -x ${plugin} ]`};

/**
 * flannel's pod lays down its CNI configuration before flanneld knows the subnet. In that gap the node is Ready, pods are sent to it, each
 * sandbox fails for want of /run/flannel/subnet.env, and the kubelet tries again after 10 to 15 s. So the subnet's file is put there first, as soon as
 * the subnet is known, then plug-in and configuration: the node is Ready earlier, and no pod fails. flannel then finds its own files.
 */
export const podNetwork: Phase = {
	name: 'pod-network',
	title: 'Prepare the pod network on the node',
	on: 'every',
	background: true,
	steps: (scope): Step[] => {
		const network = onlyV4(scope);
		const device = deviceOf(scope.site);
		const {flannelCni} = imagesFor(scope.cluster);
		if (network === undefined || device === undefined || flannelCni === undefined) return [];
		const less = scope.cluster.network.flannel.backend === 'vxlan' ? '50' : '0';
		const {name} = scope.site;
		return [
			{
				kind: 'wait',
				title: 'the node has a subnet for its pods',
				until: {sh: subnetKnown, args: [name, flannelCni]},
				seconds: scope.cluster.timeouts.controlPlaneSeconds,
				diagnose: 'node-registration',
			},
			{
				kind: 'run',
				title: 'lay down the subnet and the plug-in',
				command: {sh: layDown, args: [name, flannelCni, network, device, less]},
				unless: isLaidDown,
			},
			{kind: 'file', path: configuration, content: render('cni/flannel.conflist', {}), mode: '0644'},
		];
	},
};

/** The pod network where it is of IPv4 alone: with IPv6 flannel does it all itself. */
function onlyV4({cluster}: Scope): string | undefined {
	const [network, ...others] = splitSubnets(cluster.configuration.networking.podSubnet);
	return cluster.network.cni === 'flannel' && network !== undefined && others.length === 0 && family(network) === 'v4'
		? network
		: undefined;
}
