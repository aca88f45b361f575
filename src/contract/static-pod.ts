/** From a static pod's template to the file that the kubelet reads, as kubeadm would write it (contract 6). */
import type {ComponentConfig, EnvVar, HostPathMount, Patch, Step} from '../model.ts';
import {patched} from '../patches/patched.ts';
import {renderText} from '../render.ts';
import {parseYaml, toYaml} from '../yaml.ts';
import {compare, mergeArguments} from './arguments.ts';
import {definedVariable} from './cluster-configuration.ts';

type Volume = {name: string; hostPath: {path: string; type?: string}};
type Mount = {name: string; mountPath: string; readOnly?: boolean};
type Container = {command: string[]; volumeMounts: Mount[]; env?: EnvVar[]};
type Pod = {spec: {containers: [Container]; volumes: Volume[]}};

export type PodName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

export const manifestsFolder = '/etc/kubernetes/manifests';
/** The one static pod that kubeadm does not know. */
export const nodeProxyManifest = `${manifestsFolder}/kubestrap-node-proxy.yaml`;

/** Renders `static-pods/NAME`, adds the operator's arguments, volumes and variables, applies patches, and writes it in canonical form. */
export function staticPod(name: PodName, data: object, extra: ComponentConfig, patches: readonly Patch[]): Step {
	return {kind: 'file', path: `${manifestsFolder}/${name}.yaml`, content: manifest(name, data, extra, patches), mode: '0600'};
}

/** The manifest's text. Keys are sorted at every level, as kubeadm's are. */
export function manifest(name: PodName, data: object, extra: ComponentConfig, patches: readonly Patch[]): string {
	const pod = parseYaml(renderText(`static-pods/${name}`, data)).documents[0]!.value as Pod;
	const container = pod.spec.containers[0];
	const [binary, ...defaults] = container.command as [string, ...string[]];
	container.command = [binary, ...mergeArguments(defaults, extra.extraArgs)];
	for (const volume of extra.extraVolumes ?? []) mount(pod, volume);
	pod.spec.volumes.sort(byName);
	// kubeadm does not sort etcd's mounts.
	if (name !== 'etcd') container.volumeMounts.sort(byName);
	if (extra.extraEnvs?.length) container.env = variables(extra.extraEnvs);
	return toYaml(patched(name, pod, patches), {sortMapEntries: true});
}

/** A volume of the same name as an earlier one takes its place. */
function mount(pod: Pod, {name, hostPath, mountPath, readOnly, pathType}: HostPathMount): void {
	const container = pod.spec.containers[0];
	const others = <T extends {name: string}>(list: T[]) => list.filter((item) => item.name !== name);
	pod.spec.volumes = [...others(pod.spec.volumes), {name, hostPath: {path: hostPath, type: pathType ?? ''}}];
	container.volumeMounts = [...others(container.volumeMounts), {name, mountPath, ...(readOnly ? {readOnly} : {})}];
}

/** Sorted by name; of several with one name the last wins. */
function variables(extra: readonly EnvVar[]): EnvVar[] {
	const once = new Map(extra.map((variable) => [variable.name, variable]));
	return [...once.values()].sort(byName).map(definedVariable);
}

function byName(a: {name: string}, b: {name: string}): number {
	return compare(a.name, b.name);
}
