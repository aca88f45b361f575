/** What the rival finds on a node in /root/bench: the documented scripts and files, filled in for it. */
import {chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {load} from '../../src/cluster/load.ts';
import type {Scope} from '../../src/model.ts';
import {addonFlannel} from '../../src/phases/addon-flannel.ts';
import {shown, siteOf} from '../../test/contract/ours.ts';
import type {Lab} from '../laboratory/lab.ts';
import {filledIn} from './settings.ts';

export const documented = join(import.meta.dirname, 'documented');

/** The lab's cluster.yaml; several control planes get the first one's address as their endpoint, for want of a balancer. */
export function configOf(lab: Pick<Lab, 'nodes' | 'config'>): string {
	const text = lab.config();
	const [first, second] = lab.nodes.filter(({role}) => role === 'control-plane');
	if (second === undefined || text.includes('controlPlaneEndpoint:')) return text;
	return text.replace(/^spec:$/m, `spec:\n  controlPlaneEndpoint: ${first!.address}:6443`);
}

/** What our own phase would apply, for kubectl. */
function flannelManifest(lab: Lab): string {
	const cluster = load(configOf(lab), {file: 'lab'});
	const first = lab.nodes[0]!;
	const site = siteOf(cluster, first.name, 'control-plane', first.address, {defaultAddress: {}});
	const steps = addonFlannel.steps({cluster, site, sites: [site]} as unknown as Scope);
	return steps.map((step) => (step.kind === 'object' ? `${shown(step.manifest)}\n` : '')).join('---\n');
}

/** Writes the kit into a node's tree; `settings` are the same for all nodes. */
export function layKit(lab: Lab, {name, role, address}: Lab['nodes'][number], settings: Readonly<Record<string, string>>): void {
	const kit = join(lab.tree(name), 'root/bench');
	mkdirSync(kit, {recursive: true});
	const own = {...settings, NODE: name, ADDRESS: address, JOIN: `join-${role}.yaml`};
	for (const file of readdirSync(documented)) {
		const text = readFileSync(join(documented, file), 'utf8');
		writeFileSync(join(kit, file), file.endsWith('.yaml') ? filledIn(text, own) : text);
		if (file.endsWith('.sh')) chmodSync(join(kit, file), 0o755);
	}
	writeFileSync(join(kit, 'flannel.yaml'), flannelManifest(lab));
	const lines = Object.entries(own).map(([key, value]) => `${key}='${value}'\n`);
	writeFileSync(join(kit, 'settings'), lines.join(''));
}
