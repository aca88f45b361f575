/** What a cut connection left is taken away; what somebody still looks with is not, and who only looks takes nothing away. */
import anyTest, {type TestFn} from 'ava';
import type {Step} from '../../src/model.ts';
import {plan} from '../../src/plan.ts';
import {observe} from '../../src/run/observe.ts';
import {settle} from '../../src/run/settle.ts';
import {isRoot, type Machine, machine} from './machine.ts';
import {cluster, emptyLock, identity, phase, site} from './values.ts';

const test = anyTest as TestFn<Machine>;
const asRoot = isRoot ? test : test.skip;
test.beforeEach((t) => {
	t.context = machine();
});
test.afterEach.always((t) => t.context.remove());

const tell = () => {};
const left = async (on: Machine) => (await on.sh('ls -d /run/kubestrap-observe.*; :')).stdout;

asRoot('a folder that nobody holds goes, unless we only look ourselves', async (t) => {
	const on = t.context;
	const hosts = new Map([['n1', on.host]]);
	await on.sh('mkdir /run/kubestrap-observe.dead');
	await settle(hosts, {tell, sweep: false});
	t.regex(await left(on), /dead/);
	await settle(hosts, {tell});
	t.is(await left(on), '');
});

asRoot('another run does not take a look away that is under way', async (t) => {
	const on = t.context;
	const hosts = new Map([['n1', on.host]]);
	await on.sh('mkfifo /srv/gate');
	// The look stands still in its first step until it is let on, and needs its own folder after it.
	const steps: Step[] = [
		{kind: 'run', title: 'gate', command: ['false'], unless: ['sh', '-c', ': >/srv/begun; cat /srv/gate']},
		{kind: 'object', id: 'v1/Node//n1', own: 'patch', manifest: '{"labels":{"a":"b"}}'},
	];
	const sites = [site('n1')];
	const made = plan({name: 'r', phases: [phase('p', {steps: () => steps})]}, {cluster, sites, identity, lock: emptyLock});
	const looking = observe(made, hosts, {cluster, lock: emptyLock, sites, identity});
	while (!on.has('/srv/begun')) await new Promise((resolve) => setTimeout(resolve, 20));
	await settle(hosts, {tell});
	t.regex(await left(on), /kubestrap-observe/);
	await on.sh('echo go >/srv/gate');
	t.is((await looking).unchanged, 1);
	t.is(await left(on), '');
});
