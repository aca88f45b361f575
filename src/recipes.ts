/** The table of contents: what each verb does to machines, in order. The position of a line is the information. */
import type {Phase, Recipe, Selector} from './model.ts';
import {addonCoredns} from './phases/addon-coredns.ts';
import {addonFlannel} from './phases/addon-flannel.ts';
import {addonKubeProxy} from './phases/addon-kube-proxy.ts';
import {authorities} from './phases/authorities.ts';
import {bootstrapToken} from './phases/bootstrap-token.ts';
import {certificates} from './phases/certificates.ts';
import {clusterConfig} from './phases/cluster-config.ts';
import {controlPlane} from './phases/control-plane.ts';
import {controllerAccounts} from './phases/controller-accounts.ts';
import {controllers} from './phases/controllers.ts';
import {cordon} from './phases/cordon.ts';
import {type DrainOptions, drain} from './phases/drain.ts';
import {endpointReady} from './phases/endpoint-ready.ts';
import {etcd} from './phases/etcd.ts';
import {etcdAside} from './phases/etcd-aside.ts';
import {etcdMember} from './phases/etcd-member.ts';
import {etcdMemberRemove} from './phases/etcd-member-remove.ts';
import {etcdPromote} from './phases/etcd-promote.ts';
import {etcdStray} from './phases/etcd-stray.ts';
import {firewall} from './phases/firewall.ts';
import {formed} from './phases/formed.ts';
import {hostName} from './phases/host-name.ts';
import {hosts} from './phases/hosts.ts';
import {askedImages, images} from './phases/images.ts';
import {joinCredentials} from './phases/join-credentials.ts';
import {joinToken} from './phases/join-token.ts';
import {joinTokenGone} from './phases/join-token-gone.ts';
import {kernel} from './phases/kernel.ts';
import {kubeadm} from './phases/kubeadm.ts';
import {kubeconfigs} from './phases/kubeconfigs.ts';
import {kubelet} from './phases/kubelet.ts';
import {kubeletAnew} from './phases/kubelet-anew.ts';
import {kubeletBootstrap} from './phases/kubelet-bootstrap.ts';
import {kubeletConfig} from './phases/kubelet-config.ts';
import {kubeletCredentials} from './phases/kubelet-credentials.ts';
import {kubeletStart} from './phases/kubelet-start.ts';
import {markNode, markNodes} from './phases/mark-nodes.ts';
import {nodeObjectRemove} from './phases/node-object-remove.ts';
import {nodeProxy} from './phases/node-proxy.ts';
import {nodeRequest} from './phases/node-request.ts';
import {nodeReady, nodesReady} from './phases/nodes-ready.ts';
import {packageSources} from './phases/package-sources.ts';
import {packages} from './phases/packages.ts';
import {podNetwork} from './phases/pod-network.ts';
import {registries} from './phases/registries.ts';
import {resetFiles} from './phases/reset-files.ts';
import {resetFirewall} from './phases/reset-firewall.ts';
import {resetKubelet} from './phases/reset-kubelet.ts';
import {resetKubernetes} from './phases/reset-kubernetes.ts';
import {resetNetwork} from './phases/reset-network.ts';
import {resetPackages} from './phases/reset-packages.ts';
import {resetPods} from './phases/reset-pods.ts';
import {resetRecord} from './phases/reset-record.ts';
import {resetRuntime} from './phases/reset-runtime.ts';
import {resetServices} from './phases/reset-services.ts';
import {runtime} from './phases/runtime.ts';
import {runtimeProxy} from './phases/runtime-proxy.ts';
import {serviceRoute} from './phases/service-route.ts';
import {servicesReady} from './phases/services-ready.ts';
import {swap} from './phases/swap.ts';
import {timeSync} from './phases/time-sync.ts';
import {waitApiServer} from './phases/wait-api-server.ts';
import {waitControlPlane} from './phases/wait-control-plane.ts';
import {workerEndpoint} from './phases/worker-endpoint.ts';

/** A new cluster from bare machines. */
export const init: Recipe = {
	name: 'init',
	phases: [
		packageSources,
		packages,
		timeSync,
		hostName,
		hosts,
		swap,
		kernel,
		firewall,
		serviceRoute,
		registries,
		runtimeProxy,
		runtime,
		images,
		kubelet,
		kubeadm,
		authorities,
		kubeletCredentials,
		kubeletConfig,
		nodeProxy,
		kubeletStart,
		certificates,
		kubeconfigs,
		etcd,
		controlPlane,
		waitApiServer,
		formed,
		controllers,
		workerEndpoint,
		podNetwork,
		clusterConfig,
		controllerAccounts,
		addonKubeProxy,
		addonFlannel,
		bootstrapToken,
		endpointReady,
		servicesReady,
		addonCoredns,
		markNodes,
		waitControlPlane,
		nodesReady,
	],
};

/** A machine as it was before it became a node. Its record goes last, so a run that died is gone on with. */
export const hostReset: readonly Phase[] = [
	resetKubelet,
	resetPods,
	resetNetwork,
	resetKubernetes,
	resetRuntime,
	resetFiles,
	resetFirewall,
	resetPackages,
	resetServices,
	resetRecord,
];

/** All machines at once: a cluster that goes as a whole needs no member of etcd to leave, and no Node object to be deleted. */
export const reset: Recipe = {name: 'reset', phases: hostReset};

/** Images alone, on machines that have a container runtime. One that cannot be given mirrors is left as it is. */
export const imagesPull = ({retag}: {readonly retag: boolean}): Recipe => ({
	name: 'images-pull',
	phases: [...(retag ? [] : [registries]), askedImages({retag})],
});

/** Nodes that leave a cluster that lives. A machine that can be reached is bare again at the end. */
export const nodeRemove = (options: DrainOptions): Recipe => ({
	name: 'node-remove',
	phases: [
		cordon(options.undrained),
		drain(options),
		etcdMemberRemove,
		nodeObjectRemove,
		...hostReset.map((phase): Phase => ({...phase, on: 'leaving-machine'})),
	],
});

/** What machines go through on their way into a cluster that lives, each row before the phase of `init` that it is named with. */
const joining: readonly (readonly [Phase, before: Phase | undefined])[] = [
	[joinToken, packageSources],
	[joinCredentials, kubeletCredentials],
	[kubeletBootstrap, kubeletCredentials],
	[nodeRequest, kubeletCredentials],
	[etcdAside, etcd],
	[etcdMember, etcd],
	[etcdPromote, controlPlane],
	[kubeletAnew, markNodes],
	[markNode, markNodes],
	[nodeReady, undefined],
	[etcdStray, undefined],
	[joinTokenGone, undefined],
];

const inserted = (before: Phase | undefined): Phase[] => joining.filter(([, place]) => place === before).map(([phase]) => phase);

/** A cluster that lives: what is missing of it, and the machines that are not part of it yet. */
export const apply: Recipe = {
	name: 'apply',
	phases: [...init.phases.flatMap((phase) => [...inserted(phase), phase]), ...inserted(undefined)],
};

/** How a phase is selected when only the machines that join are touched; absent: it is none of theirs. */
const forJoiners: Partial<Record<Selector, Selector>> = {
	every: 'joining',
	'control-plane': 'joining-control-plane',
	worker: 'joining-worker',
	joining: 'joining',
};

/** More machines for a cluster that lives; those that are there are left alone, but for the one through which we speak with the cluster. */
export const join: Recipe = {
	name: 'join',
	phases: apply.phases.flatMap((phase) => {
		const isOurs = joining.some(([own]) => own === phase);
		const on = forJoiners[phase.on];
		if (on !== undefined) return [{...phase, on}];
		return isOurs ? [phase] : [];
	}),
};

export const recipes: readonly Recipe[] = [init, apply, join, reset];
