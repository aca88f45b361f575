/**
 * The ten tasks as one phase of a plan: `same-tasks-ours.ts CONFIG`. Goes through the doors for programs: looks first, and where something is
 * to be done, does it under the nodes' leases as units. What the machines are is not asked (no survey), as Ansible does not gather facts.
 * Prints how many steps differed and how many were changed. It is bundled before it is measured, as the CLI is.
 */
import {readFileSync} from 'node:fs';
import {argv} from 'node:process';
import {connect, execute, type Identity, load, observe, plan, type Secrets} from '../../src/index.ts';
import {siteOf} from '../../test/contract/ours.ts';
import {tasks} from './ten-tasks.ts';

const [file = ''] = argv.slice(2);
const cluster = load(readFileSync(file, 'utf8'), {file});
const lock = {binaries: {}, images: {}, madeBy: 'bench', madeAt: ''};
const sites = cluster.nodes.map((node) => siteOf(cluster, node.name!, node.role, node.address));
const identity: Identity = {clusterId: 'bench', birthplace: sites[0]!.name, items: {}};
const steps = tasks.map(({step}) => step);
const phase = {name: 'tasks', title: 'ten tasks', on: 'every', steps: () => steps} as const;
const none = async () => {
	throw new Error('the tasks want nothing of this kind');
};
const secrets: Secrets = {get: none, values: () => []};

const hosts = await connect(cluster, {concurrency: 20});
try {
	const planned = plan({name: 'bench', phases: [phase]}, {cluster, sites, identity, lock});
	const {changes} = await observe(planned, hosts, {cluster, lock, sites, identity});
	const options = {secrets, tell: () => {}, artifacts: none, cluster, lock, sites};
	const done = changes.length === 0 ? undefined : await execute(planned, hosts, options);
	if (done?.ok === false) throw new Error(JSON.stringify(done.failures));
	console.log(`differed ${changes.length} changed ${done?.changed ?? 0}`);
} finally {
	await Promise.all([...hosts.values()].map((host) => host.close()));
}
