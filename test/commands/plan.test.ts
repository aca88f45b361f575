import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {keyOf} from '../../src/cluster/selectors.ts';
import {apply, init} from '../../src/commands/init.ts';
import {plan} from '../../src/commands/plan.ts';
import {ConnectError} from '../../src/errors.ts';
import type {Agreed} from '../../src/foresight/difference.ts';
import {format, type Saved} from '../../src/foresight/saved.ts';
import type {Cluster, Finding, Lock, Site} from '../../src/model.ts';
import type {Outcome, Walk} from '../../src/pipeline.ts';
import {called, goodSummary} from './fakes.ts';

const saved: Saved = {
	format,
	settings: {kubestrap: '0', cluster: 'lab', config: '', lock: '', bundle: 'none', 'skip-phases': '', 'only-phases': ''},
	recipe: 'apply',
	clusterId: '01234567-89ab-cdef-0123-456789abcdef',
	makes: [],
	nodes: [],
	differences: [],
};
const differences: readonly Agreed[] = [
	{
		nodes: ['cp1', 'w1'],
		phase: 'kernel',
		title: 'Load kernel modules and set sysctls',
		kind: 'file',
		name: '/etc/sysctl.d/60-kubestrap.conf',
		change: 'change',
		diff: '@@ -1,1 +1,1 @@\n-a = 0\n+a = 1\n',
	},
	{
		nodes: ['w1'],
		phase: 'kernel',
		title: 'Load kernel modules and set sysctls',
		kind: 'sysctl',
		name: 'a',
		change: 'change',
		from: '0',
		to: '1',
	},
];

/** A fake of the corridor: tells its findings, and hands over what would be done when it was told to foretell. */
function fake(
	more: {
		findings?: readonly Finding[];
		differences?: readonly Agreed[];
		sites?: readonly Site[];
		recipe?: string;
		notes?: readonly string[];
	} = {},
) {
	const walks: Walk[] = [];
	const found = more.differences ?? differences;
	return {
		walks,
		converge: async (cluster: Cluster, _lock: Lock, walk: Walk): Promise<Outcome> => {
			walks.push(walk);
			for (const detail of more.notes ?? []) walk.tell({type: 'note', detail});
			for (const {node, ...detail} of more.findings ?? []) walk.tell({type: 'check', node, detail});
			await walk.foretell?.({
				recipe: more.recipe ?? 'apply',
				cluster: cluster.name,
				sites: more.sites ?? [],
				differences: found,
				changed: found.length,
				unchanged: 7,
				saved,
			});
			return {summary: goodSummary, sites: []};
		},
	};
}

test('what waits is printed phase by phase, and the exit code says so', async (t) => {
	const {call, out, err} = called();
	t.is(await plan(call, fake()), 8);
	t.is(
		out(),
		`Load kernel modules and set sysctls
  ~ file /etc/sysctl.d/60-kubestrap.conf  cp1, w1
      @@ -1,1 +1,1 @@
      -a = 0
      +a = 1
  ~ sysctl a: 0 → 1  w1
`,
	);
	t.regex(err(), /done: 2 of 9 steps wait to be done on 2 machines/);
	t.regex(err(), /kubestrap apply -c \S+cluster\.yaml +# does it/);
});

const machine = (name: string, role: Site['role'], stage?: Site['stage']) =>
	({name, role, facts: {}, ...(stage && {stage})}) as unknown as Site;

test('who joins, leaves or begins a cluster is said first, machines that agree together', async (t) => {
	const said = async (recipe: string, ...sites: Site[]) => {
		const {call, out} = called();
		await plan(call, fake({recipe, sites}));
		return /^Machines\n(.*?)\n\n/s.exec(out())?.[1];
	};
	const [cp1, w1] = [machine('cp1', 'control-plane', 'member'), machine('w1', 'worker', 'joining')];
	t.is(await said('apply', cp1, w1, machine('w2', 'worker', 'joining')), '  + joins the cluster as a worker  w1, w2');
	t.is(await said('apply', cp1), undefined);
	t.is(
		await said('node-remove', cp1, machine('w1', 'worker', 'leaving'), machine('w2', 'worker', 'gone')),
		'  - leaves the cluster, and is given back as it was  w1\n  - leaves the cluster; the machine cannot be asked, and stays as it is  w2',
	);
	t.is(await said('reset', cp1, w1), '  - given back as it was  cp1, w1');
	t.is(
		await said('init', machine('cp1', 'control-plane'), machine('w1', 'worker')),
		'  + a control plane of a new cluster  cp1\n  + a worker of a new cluster  w1',
	);
});

test('a document has the machines and the notes too', async (t) => {
	const {call, out} = called({output: 'json'});
	await plan(
		call,
		fake({sites: [machine('w1', 'worker', 'joining')], notes: ['w9 is a node of the cluster, but not in the config']}),
	);
	t.like(JSON.parse(out()), {
		machines: [{node: 'w1', role: 'worker', fate: 'joins'}],
		notes: ['w9 is a node of the cluster, but not in the config'],
	});
});

test('a machine that cannot be asked is named, with what to do when it is gone for good; there is no half plan', async (t) => {
	const {call, out, err} = called();
	const converge = async (cluster: Cluster): Promise<Outcome> => {
		throw new ConnectError(keyOf(cluster.nodes[0]!), 'no connection', {hint: 'is the address right?'});
	};
	t.is(await plan(call, {converge}), 4);
	t.is(out(), '');
	t.regex(
		err(),
		/error: (\S+): no connection\n.*cannot be asked\n.*is the address right\?; one that is gone for good: kubestrap node remove \1,/s,
	);
});

test('nothing waits: nothing on stdout, 0', async (t) => {
	const {call, out, err} = called();
	t.is(await plan(call, fake({differences: []})), 0);
	t.is(out(), '');
	t.regex(err(), /nothing to do: all 7 steps are as they should be/);
});

test('an error of preflight is shown with all the rest, and is 3; no plan is saved', async (t) => {
	const {call, cwd, out, err} = called({plan: {save: 'p.json'}});
	const findings: Finding[] = [{node: 'cp1', id: 'Port-6443', level: 'error', evidence: 'nginx listens', remedy: 'stop it'}];
	t.is(await plan(call, fake({findings})), 3);
	t.regex(err(), /cp1 \| \[ERROR Port-6443\] nginx listens/);
	t.regex(err(), /--ignore-preflight-errors Port-6443/);
	t.regex(out(), /sysctl a/);
	t.false(existsSync(join(cwd, 'p.json')));
});

for (const output of ['json', 'yaml'] as const)
	test(`-o ${output}: one document on stdout, and nothing else`, async (t) => {
		const {call, out} = called({output});
		t.is(await plan(call, fake()), 8);
		if (output === 'json') t.like(JSON.parse(out()), {cluster: 'lab', recipe: 'apply', changed: 2, unchanged: 7, findings: []});
		else t.regex(out(), /^cluster: lab\nrecipe: apply\n/);
	});

test('a plan is saved for its operator alone, and apply is given it', async (t) => {
	const {call, cwd} = called({plan: {save: 'p.json'}});
	t.is(await plan(call, fake()), 8);
	t.is(statSync(join(cwd, 'p.json')).mode & 0o777, 0o600);
	const corridor = fake();
	const agreed = {...call, flags: {...call.flags, plan: {plan: 'p.json'}}};
	t.is(await apply(agreed, corridor), 0);
	t.deepEqual(corridor.walks[0]?.agreedOn, saved);
	t.is(corridor.walks[0]?.foretell, undefined);
});

test('a plan that was altered is refused before anything is contacted', async (t) => {
	const {call, cwd, err} = called({plan: {save: 'p.json'}});
	await plan(call, fake());
	const file = join(cwd, 'p.json');
	writeFileSync(file, readFileSync(file, 'utf8').replace('apply', 'reset'));
	const corridor = fake();
	t.is(await apply({...call, flags: {...call.flags, plan: {plan: 'p.json'}}}, corridor), 2);
	t.is(corridor.walks.length, 0);
	t.regex(err(), /p\.json: the plan was altered/);
	t.is(await apply({...call, flags: {...call.flags, plan: {plan: 'none.json'}}}, corridor), 2);
	t.is(corridor.walks.length, 0);
});

test('--dry-run shows the same, ends with 0 as that of kubeadm, and writes no kubeconfig', async (t) => {
	const {call, cwd, out} = called({dryRun: true, kubeconfig: 'admin.conf'});
	const corridor = fake();
	t.is(await init(call, corridor), 0);
	t.regex(out(), /sysctl a: 0 → 1/);
	t.not(corridor.walks[0]?.foretell, undefined);
	t.is(corridor.walks[0]?.onceDone, undefined);
	t.false(existsSync(join(cwd, 'admin.conf')));
});
