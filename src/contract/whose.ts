/** Whose is what on a machine: what the record of ownership and the machine's files say. */
import type {Cluster, Owned, Site} from '../model.ts';
import {kubeletFolder, kubernetesFolder} from './folders.ts';

const manifests = `${kubernetesFolder}/manifests`;
/** Every node has one of them for as long as it is a node. */
const marks = [
	`${kubernetesFolder}/kubelet.conf`,
	`${kubernetesFolder}/bootstrap-kubelet.conf`,
	`${kubeletFolder}/config.yaml`,
] as const;

/** The lines of a kind in a machine's record, oldest first. */
export const ownedOf = ({facts}: Site, kind: string): readonly Owned[] =>
	(facts.ownership?.owned ?? []).filter((one) => one.kind === kind);

/** The machine is a node of some cluster, or was and its files still lie there. */
export const isNode = ({facts}: Site): boolean =>
	marks.some((path) => facts.files[path] !== undefined) ||
	Object.keys(facts.files).some((path) => path.startsWith(`${manifests}/`) && path.endsWith('.yaml'));

/** A file that lies on the machine, and nobody but others has ever written it. */
export const isOfOthers = (site: Site, path: string): boolean =>
	site.facts.files[path] !== undefined && !ownedOf(site, 'file').some(({name}) => name === path);

/** A node of a cluster that lives, let in by somebody else: `kubeadm init` or `kubeadm join`. */
export const cameByOthers = (site: Site): boolean => site.stage === 'member' && isOfOthers(site, marks[0]);

/** Our record says that Kubernetes was begun here, and not only a phase by itself (`images pull`, `--only-phases kernel`). */
export const isBegun = ({facts}: Site): boolean =>
	(facts.ownership?.owned ?? []).some(({name}) => name === kubernetesFolder || name.startsWith(`${kubernetesFolder}/`));

/** A node whose Kubernetes was laid down by somebody else, kubeadm mostly: none of its marks is in our record. */
export function isNodeOfOthers(site: Site): boolean {
	const laid = new Set(ownedOf(site, 'file').map(({name}) => name));
	return isNode(site) && !marks.some((path) => laid.has(path));
}

/** Before us no containerd ran on the machine, or had ever run: all that it holds came with us. */
export const isOurRuntime = (site: Site): boolean =>
	ownedOf(site, 'noted').some(({name, before}) => name === '/var/lib/containerd' && before === null) &&
	ownedOf(site, 'service').some((owned) => owned.name === 'containerd.service' && !wasRunning(owned));

/** Whether a service ran before us, and so runs again at the end. */
export const wasRunning = ({before}: Owned): boolean => /^(?:active|activating|reloading) /.test(before ?? '');

/** flannel is on the machine, and came with us. */
export const hasOurFlannel = (site: Site): boolean =>
	ownedOf(site, 'noted').some(({name, before}) => name === '/run/flannel' && before === null);

/** Where the data of the machine's etcd lies: what its static pod says, else the config. Undefined with an external etcd. */
export function etcdDataOf({facts}: Site, {configuration}: Cluster): string | undefined {
	const manifest = facts.files[`${manifests}/etcd.yaml`]?.text ?? '';
	const argument = /--data-dir=(\/[^\s"']+)/.exec(manifest)?.[1];
	return argument ?? ('local' in configuration.etcd ? configuration.etcd.local.dataDir : undefined);
}
