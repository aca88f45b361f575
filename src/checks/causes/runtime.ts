/** Causes that lie between the kubelet, containerd and the registry. */
import {imagesFor} from '../../versions.ts';
import type {Evidence} from './evidence.ts';
import type {Cause} from './row.ts';
import {withoutPodNetwork} from './waits.ts';

const isSilent = (evidence: Evidence) => evidence.get('runtime')?.[0]?.trim() === 'silent';

/** As the kubelet says it for as long as containerd has no network plug-in. */
const notReady = /NetworkPluginNotReady|cni plugin not initialized/;

export const runtimeCauses: readonly Cause[] = [
	{
		id: 'cri-disabled',
		certain: true,
		says: /unknown service runtime\.v1\.RuntimeService/,
		cause: "containerd runs without its CRI plugin, as some packages' configuration has it",
		remedy: 'take "cri" out of disabled_plugins in /etc/containerd/config.toml and restart containerd',
	},
	{
		id: 'runtime-config',
		certain: true,
		in: /^containerd$/,
		says: /failed to load (?:TOML|config)|invalid (?:plugin )?config|toml: .{0,120}/i,
		if: isSilent,
		cause: 'containerd does not start: its configuration is wrong',
		remedy: 'look at /etc/containerd/config.toml where the line points, and run the same command again',
	},
	{
		id: 'runtime-down',
		in: /^units$/,
		says: /^Id=containerd\.service .*ActiveState=(inactive|failed|activating|deactivating)/,
		if: isSilent,
		cause: ({words: [, state = 'not active']}) => `the container runtime does not run (containerd.service is ${state})`,
		remedy: 'journalctl -u containerd tells why; systemctl start containerd',
	},
	{
		id: 'runtime-down',
		in: /^kubelet$/,
		says: /dial unix \S*(?:containerd|crio|cri-dockerd)\S*\.sock.{0,80}(?:no such file|connection refused)|validate service connection/,
		if: isSilent,
		cause: 'the container runtime does not answer on its socket',
		remedy: 'journalctl -u containerd tells why; check criSocket if another runtime is used',
	},
	{
		id: 'pause-image',
		says: /failed to (?:get|pull|resolve) (?:and unpack )?sandbox image "?\\?"?([^\s"\\]+)|(?:RunPodSandbox|sandbox).{0,300}failed to pull image \\?"?([^\s"\\]*pause[^\s"\\]*)/i,
		cause: ({words: [, one, other], cluster}) =>
			`the pause image ${one ?? other ?? imagesFor(cluster).pause} cannot be had, so no pod can start`,
		remedy: ({words: [, one, other], cluster}) => {
			const {pause} = imagesFor(cluster);
			const asked = one ?? other ?? pause;
			return asked === pause
				? `run crictl pull ${pause} on the node; if the registry cannot be reached, set mirror.images in the config`
				: `containerd asks for ${asked}, the cluster has ${pause}: set the sandbox image in /etc/containerd/config.toml to it`;
		},
	},
	{
		id: 'registry-unreachable',
		says: /(?:failed to (?:pull|resolve|do request)|ErrImagePull).{0,1500}?(https?:\/\/[^/\s"\\]+).{0,400}?(?:lookup \S{1,250} on ([^\s"\\]{1,100}?): .{0,200}?)?(connection refused|i\/o timeout|no route to host|network is unreachable|no such host|server misbehaving)/,
		cause: ({words: [, place = '', server, why = '']}) =>
			`the registry ${place} cannot be reached: ${server === undefined ? why : `of its name the DNS server ${server} says ${why}`}`,
		remedy: ({words: [, place = '', server]}) =>
			`${server === undefined ? '' : 'look at /etc/resolv.conf and DNS; '}look whether ${place} runs and is open to the node, or set mirror.images in the config to one that is; then run the same command again`,
	},
	{
		id: 'image-pull',
		says: /failed to (?:pull|resolve)(?: and unpack)? (?:image|reference) \\*"?([^\s"\\]+)|(?:ErrImagePull|ImagePullBackOff).{0,200}?image \\*"?([^\s"\\]+)/,
		cause: ({words: [, one, other]}) => `the image ${one ?? other ?? 'of a component'} cannot be pulled`,
		remedy: ({words: [, one, other]}) =>
			`run crictl pull ${one ?? other ?? 'IMAGE'} on the node to see why; without a way to the registry, set mirror.images in the config`,
	},
	{
		id: 'image-missing',
		says: /Container image [\\"]*([^\s"\\]+)[\\"]* is not present with pull policy of Never/,
		cause: ({words: [, image = 'of a component']}) =>
			`the image ${image} is not on the node, and it may not be pulled (imagePullPolicy: Never)`,
		remedy: ({words: [, image = 'IMAGE']}) =>
			`load ${image} into containerd (ctr -n k8s.io images import), or set imagePullPolicy: IfNotPresent`,
	},
	{
		id: 'cgroup-driver',
		says: /expected cgroupsPath to be of format|kubelet cgroup driver: .{0,60} is different from|cgroup driver.{0,80}(?:mismatch|misconfiguration)/i,
		cause: 'the kubelet and containerd use different cgroup drivers',
		remedy: 'set SystemdCgroup = true in /etc/containerd/config.toml and cgroupDriver: systemd for the kubelet, and restart both',
	},
	{
		id: 'runc-missing',
		says: /exec: \\*"runc\\*": executable file not found|runtime \\*"?runc\\*"? (?:binary )?not (?:installed|found)|fork\/exec \S*\/runc: no such file/,
		cause: 'containerd finds no runc',
		remedy: 'run the same command again: it puts runc in place',
	},
	{
		id: 'pod-cidr',
		// A node's network of its own is what some wait for who do without the rest.
		notFor: /^(?:control-plane|etcd-learner|endpoint|controllers|bootstrap|kube-proxy)$/,
		says: /pod cidr not assigned|CIDR allocation failed|no remaining CIDRs left to allocate/i,
		cause: ({cluster}) =>
			`the node got no network of its own out of podSubnet ${cluster.configuration.networking.podSubnet ?? '(none is set)'}`,
		remedy: 'set podSubnet in the config, wide enough for all nodes (a /24 each), and run the same command again',
	},
	{
		id: 'cni-config',
		notFor: withoutPodNetwork,
		in: /^containerd$/,
		// containerd says it of every file that it saw half-written, and nothing when that was whole a moment later.
		if: (evidence) =>
			(evidence.get('cni') ?? ['any']).length > 0 &&
			[...(evidence.get('wait') ?? []), ...(evidence.get('kubelet') ?? []).slice(-40)].some((line) => notReady.test(line)),
		says: /(?:failed to (?:load|reload) cni|cni config load failed).{0,300}?(error (?:parsing|loading|reading).{1,160}|invalid character.{1,100}|unexpected end of JSON.{0,60})/,
		cause: ({words: [, why = '']}) => `the network plug-in's configuration in /etc/cni/net.d cannot be read: ${why}`,
		remedy: 'move the broken file in /etc/cni/net.d away and run the same command again',
	},
	{
		id: 'cni-missing',
		notFor: withoutPodNetwork,
		says: /cni plugin not initialized|open \/run\/flannel\/subnet\.env: no such file|failed to find plugin \\*"([^"\\]+)|no networks found in \/etc\/cni/i,
		weak: true,
		cause: ({cluster}) =>
			cluster.network.cni === 'none'
				? 'there is no network plugin yet, so the node cannot be Ready'
				: 'the network plugin is not in place yet',
		remedy: ({cluster}) =>
			cluster.network.cni === 'none'
				? 'install a network plugin: kubectl apply -f …'
				: 'run the same command again: it lays down what is missing in /etc/cni/net.d; if it stays so: kubectl -n kube-flannel get pods -o wide',
	},
];
