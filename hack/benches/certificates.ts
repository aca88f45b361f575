/**
 * The certificates, keys and kubeconfigs of one control plane, made and written below a folder: `certificates.ts FOLDER ADDRESS`.
 * Goes the way of `init`, through identity, phases and secrets, without machines. It is bundled before it is measured, as the CLI is.
 */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {argv} from 'node:process';
import {load} from '../../src/cluster/load.ts';
import {identify} from '../../src/identity/identify.ts';
import {openSecrets} from '../../src/identity/secrets.ts';
import {authorities} from '../../src/phases/authorities.ts';
import {certificates} from '../../src/phases/certificates.ts';
import {kubeconfigs} from '../../src/phases/kubeconfigs.ts';
import {filled, secretsIn} from '../../src/steps/content.ts';
import {siteOf} from '../../test/contract/ours.ts';

const [folder = '', address = ''] = argv.slice(2);
const cluster = load('', {file: 'bench', flags: {controlPlanes: [`root@${address}`], cni: 'none'}});
const sites = [siteOf(cluster, 'cp1', 'control-plane', address)];
const identity = identify(cluster, sites, {clusterId: 'bench', now: new Date()});
const secrets = openSecrets(identity, cluster, sites, new Map());
secrets.warm();

const scope = {cluster, site: sites[0]!, sites, identity, lock: {binaries: {}, images: {}, madeBy: 'bench', madeAt: ''}};
const steps = [authorities, certificates, kubeconfigs].flatMap((phase) => phase.steps(scope));
const write = async (step: (typeof steps)[number]) => {
	if (step.kind !== 'file' || (typeof step.content === 'object' && 'kept' in step.content)) return;
	const {content, path, mode} = step;
	const ids = [...new Set(secretsIn(content).map(({secret}) => secret))];
	const values = await Promise.all(ids.map(async (id) => [id, await secrets.get(id)] as const));
	const file = join(folder, path);
	await mkdir(dirname(file), {recursive: true});
	await writeFile(file, filled(content, new Map(values)), {mode: Number.parseInt(mode ?? '0600', 8)});
};
await Promise.all(steps.map(write));
