/** What must hold of the machines, and of where they are told to fetch from. */
import {isInsecure} from '../artifacts/mirror.ts';
import {at, controlPlanes, type Given, lastArg, type Rule} from './given.ts';
import {nodeFolder} from './grammar.ts';
import {parseAddress} from './network.ts';
import type {Listed} from './nodes.ts';
import {routeTo} from './route.ts';
import type {Said} from './settings.ts';

/** As near as the file comes to a list of nodes; nothing where there is no file. */
function whereNodesBelong({sources}: Given): Said | undefined {
	const source = sources.Cluster ?? Object.values(sources)[0];
	return source && {value: undefined, where: 'spec.nodes', place: {file: source.file, ...source.document.at(['spec', 'nodes'])}};
}

export const nodeRules: readonly Rule[] = [
	function atLeastOneControlPlane(given, complain) {
		const hint = 'list them in spec.nodes, or name them with --control-planes, --workers or --local';
		if (given.whole && given.nodes.length === 0) complain(whereNodesBelong(given), 'no nodes', hint);
		else if (given.whole && controlPlanes(given).length === 0) complain(given.nodes[0], 'no node is a control plane', hint);
	},
	function nodesDiffer({nodes}, complain) {
		const seen = new Map<string, Listed>();
		for (const node of nodes) {
			const {name, address, access, internalAddress, via} = node.spec;
			const host = via === 'local' ? 'via local' : `address ${address.toLowerCase()} port ${access.port ?? 22}`;
			for (const mark of [name && `name ${name}`, host, internalAddress && `internalAddress ${internalAddress}`]) {
				const first = mark ? seen.get(mark) : undefined;
				if (first) complain(node, `${node.where} and ${first.where} have the same ${mark}`, 'each machine is listed once');
				else if (mark) seen.set(mark, node);
			}
		}
	},
	function waysLeadToNodes({nodes, sshConfig}, complain) {
		for (const node of nodes) {
			if (node.spec.via === 'local') continue;
			for (const problem of routeTo(node.spec, {...(sshConfig && {sshConfig})}).problems) complain(node, problem);
		}
	},
	function addressesOfTheFirst(given, complain) {
		const [asked, first] = [at(given, 'advertiseAddress'), controlPlanes(given)[0]];
		const own = first?.spec.internalAddress;
		if (asked && own !== undefined && parseAddress(own)?.value !== parseAddress(asked.value)?.value)
			complain(
				asked,
				`${asked.where} says ${asked.value}, but ${first?.where} has internalAddress ${own}`,
				'say it once, or say the same',
			);
	},
	function kubeletArgsHoldForAll(given, complain) {
		for (const name of ['node-ip', 'hostname-override'])
			if (given.nodes.length > 1 && lastArg(at(given, 'kubeletExtraArgs'), name) !== undefined)
				complain(
					at(given, 'kubeletExtraArgs'),
					`kubeletExtraArgs ${name} would be the same on all nodes`,
					'use name and internalAddress of spec.nodes',
				);
	},
	function kubeletCertificatesHaveAFolder(given, complain) {
		const folder = lastArg(at(given, 'kubeletExtraArgs'), 'cert-dir');
		const [issue] = folder === undefined ? [] : (nodeFolder.safeParse(folder).error?.issues ?? []);
		if (issue) complain(at(given, 'kubeletExtraArgs'), `kubeletExtraArgs cert-dir ${issue.message}`);
	},
	function plainMirrorsAreNamed(given, complain) {
		const {images, binaries} = given.mirror;
		for (const url of new Set([...Object.values(images).flat(), binaries]))
			if (url?.startsWith('http://') && !isInsecure(url, given.mirror))
				complain(
					at(given, 'mirror'),
					`mirror ${url} speaks plain HTTP`,
					`use https, or add ${new URL(url).hostname}:${new URL(url).port || 80} to mirror.insecure`,
				);
	},
];
