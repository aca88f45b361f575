/** What the command line says about a cluster: the nodes, and kubeadm's flags under kubeadm's names. */
import * as z from 'zod';
import {mirrorPresets} from '../artifacts/mirror-presets.ts';
import type {Problem} from '../errors.ts';
import * as g from './grammar.ts';

const nodes = z.array(g.jumpHost);

/** `true` and `false` by name, as `--feature-gates A=true,B=false` has them. */
const gates = z
	.string()
	.regex(/^[A-Za-z0-9]+=(?:true|false)(?:,[A-Za-z0-9]+=(?:true|false))*$/, {error: 'must be NAME=true|false,…'});

/** One row per flag: its grammar. A key is the flag's name in camel case. */
const rows = {
	/** `user@host[:port]` each; the user may be left out. */
	controlPlanes: nodes,
	workers: nodes,
	/** Machines beside those of the file, or of the flags above: the words of `join`. */
	moreControlPlanes: nodes,
	moreWorkers: nodes,
	/** The machine that kubestrap runs on is the first control plane. */
	local: z.boolean(),
	name: g.clusterName,
	kubernetesVersion: g.version,
	podNetworkCidr: g.subnets,
	serviceCidr: g.subnets,
	serviceDnsDomain: g.dnsDomain,
	controlPlaneEndpoint: g.endpoint,
	apiserverAdvertiseAddress: g.nodeAddress,
	apiserverBindPort: g.port,
	apiserverCertExtraSans: z.array(g.subjectName),
	certDir: g.nodeFolder,
	imageRepository: g.imageRepository,
	criSocket: g.socket,
	tokenTtl: g.duration,
	patches: g.localPath,
	/** Name of the first control plane. */
	nodeName: g.nodeName,
	featureGates: gates,
	ignorePreflightErrors: z.array(g.line),
	cni: z.enum(['flannel', 'none']),
	/** A preset. */
	mirror: z.enum(Object.keys(mirrorPresets)),
	lock: g.localPath,
	identityFile: g.localPath,
	knownHosts: g.localPath,
	/** `none`: no ssh config is read. */
	sshConfig: g.localPath,
};

export type ClusterFlags = {readonly [Key in keyof typeof rows]?: z.infer<(typeof rows)[Key]> | undefined};

/** How a flag is written, for messages. */
export const flagName = (key: keyof ClusterFlags): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The flags that keep their grammar, and a problem for each one that does not. */
export function readFlags(flags: ClusterFlags): {flags: ClusterFlags; problems: Problem[]} {
	const good: Record<string, unknown> = {};
	const problems: Problem[] = [];
	for (const [key, schema] of Object.entries(rows)) {
		const name = key as keyof ClusterFlags;
		if (flags[name] === undefined) continue;
		const result = schema.safeParse(flags[name]);
		if (result.success) good[key] = result.data;
		else
			for (const {message} of result.error.issues)
				problems.push({message: `${flagName(name)} ${JSON.stringify(flags[name])}: ${message}`});
	}
	return {flags: good, problems};
}

/** `A=true,B=false` as a map. */
export function gatesOf(text: string): Record<string, boolean> {
	return Object.fromEntries(text.split(',').map((pair) => [pair.split('=')[0]!, pair.endsWith('=true')]));
}
