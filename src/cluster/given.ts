/** What the rules may look at, and how they say what is wrong. */
import type {Arg, Cluster, Mirror} from '../model.ts';
import type {Sources} from './documents.ts';
import {splitSubnets} from './network.ts';
import type {Listed} from './nodes.ts';
import type {Kind} from './schema.ts';
import type {Said, SettingName, Settings} from './settings.ts';
import {said} from './settle.ts';

/** Values of the file that kept their grammar, defaults filled in where `value` says so. */
export type Given = {
	readonly sources: Sources;
	readonly settings: Settings;
	readonly nodes: readonly Listed[];
	readonly whole: boolean;
	readonly subnets: {readonly pod: readonly string[]; readonly service: readonly string[]};
	readonly version: string;
	readonly bindPort: number;
	readonly mirror: Mirror;
	readonly ignore: readonly string[];
	readonly sshConfig?: Cluster['sshConfig'] | undefined;
};
export type Complain = (at: Said | Listed | undefined, message: string, hint?: string) => void;
export type Rule = (given: Given, complain: Complain) => void;

/** What a kind of the file says at a path. */
export const get = ({sources}: Given, kind: Kind, ...path: (string | number)[]) => said(sources, kind, path);
/** A setting, wherever it was said. */
export const at = <Name extends SettingName>({settings}: Given, name: Name): Settings[Name] => settings[name];
export const controlPlanes = ({nodes}: Given) => nodes.filter(({spec}) => spec.role === 'control-plane');

/** The value of a flag in a list of arguments: the last one counts, as it does for the component. */
export function lastArg(args: Said | undefined, name: string): string | undefined {
	return ((args?.value ?? []) as Arg[]).findLast((arg) => arg.name === name)?.value;
}

/** The subnets in use: flannel needs one for pods, so it has kubeadm's documented default; without a network there is none unless asked. */
export function subnetsOf({podSubnet, serviceSubnet}: Settings, cni: Cluster['network']['cni']): Given['subnets'] {
	const pod = podSubnet?.value ?? (cni === 'flannel' ? '10.244.0.0/16' : undefined);
	return {pod: splitSubnets(pod), service: splitSubnets(serviceSubnet?.value ?? '10.96.0.0/12')};
}
