import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {init} from '../../src/commands/init.ts';
import {PreflightError, StepError} from '../../src/errors.ts';
import type {Cluster, Facts, Site} from '../../src/model.ts';
import type {Walk} from '../../src/pipeline.ts';
import {adminConf, called, fakeHost, goodSummary} from './fakes.ts';

/** Not the real pipeline: it changes nothing and says that all went well. */
function fakePipeline(summary = goodSummary) {
	const {hosts} = fakeHost(() => ({stdout: adminConf}));
	return {
		async converge(cluster: Cluster, _lock: unknown, walk: Walk) {
			const sites: Site[] = cluster.nodes.map((spec) => ({
				name: spec.name!,
				role: spec.role,
				address: spec.address,
				spec,
				facts: {} as Facts,
			}));
			walk.tell({type: 'phase', node: 'cp1', phase: 'runtime', state: 'changed', ms: 10});
			if (summary.ok) await walk.onceDone?.(hosts, sites);
			return {summary, sites};
		},
	};
}

test('a good run says what is next, keeps a log of it, and exits with 0', async (t) => {
	const {call, err, out, cwd} = called();
	t.is(await init(call, fakePipeline()), 0);
	t.is(out(), '');
	t.regex(err(), /done: cluster lab is up: Kubernetes v1\.37\.1, 1 control plane, 1 worker/);
	t.regex(err(), /kubestrap kubeconfig -c .*cluster\.yaml > admin\.conf && export KUBECONFIG/);
	const [log] = readdirSync(join(cwd, 'state/kubestrap/logs'));
	t.regex(log!, /-init-[0-9a-f]{8}\.log$/);
	t.true(err().includes(`log: ${join(cwd, 'state/kubestrap/logs', log!)}`));
	const events = readFileSync(join(cwd, 'state/kubestrap/logs', log!), 'utf8')
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
	t.deepEqual(
		events.map(({type}) => type),
		['run', 'phase', 'summary'],
	);
	t.like(events[0].detail, {verb: 'init', cluster: 'lab', kubernetesVersion: 'v1.37.1'});
});

test('--kubeconfig leaves a file for the operator alone, with the cluster under its own name', async (t) => {
	const {call, cwd, err} = called({kubeconfig: 'admin.conf'});
	t.is(await init(call, fakePipeline()), 0);
	const file = join(cwd, 'admin.conf');
	t.is(statSync(file).mode & 0o777, 0o600);
	t.regex(readFileSync(file, 'utf8'), /current-context: lab\n/);
	t.true(err().includes(`export KUBECONFIG=${file}`));
});

test('--kubeconfig does not overwrite another cluster of the same name, and says so after the summary', async (t) => {
	const {call, cwd, err} = called({kubeconfig: 'admin.conf'});
	const before = 'clusters: [{name: lab, cluster: {server: "https://elsewhere:6443", certificate-authority-data: T1RIRVI=}}]\n';
	writeFileSync(join(cwd, 'admin.conf'), before);
	t.is(await init(call, fakePipeline()), 2);
	t.is(readFileSync(join(cwd, 'admin.conf'), 'utf8'), before);
	t.regex(
		err(),
		/cluster lab is up[\s\S]*its entry lab belongs to another cluster \(choose another file, or overwrite the entry with --yes\)/,
	);
});

test('a failed step gives the exit code of the summary, and no kubeconfig', async (t) => {
	const failure = {
		node: 'w1',
		phase: 'images',
		step: 'pull pause',
		what: 'exit code 1',
		evidence: ['no such host'],
		remedy: 'mend the mirror',
	};
	const {call, cwd, err} = called({kubeconfig: 'admin.conf'});
	t.is(await init(call, fakePipeline({...goodSummary, ok: false, exit: 5, failed: 1, failures: [failure]})), 5);
	t.false(existsSync(join(cwd, 'admin.conf')));
	t.regex(err(), /failed: w1: phase images, step pull pause: exit code 1\n {2}seen: no such host\n {2}do: {3}mend the mirror/);
});

test('what the pipeline throws is reported with its own exit code', async (t) => {
	const {call, err} = called();
	const converge = () => Promise.reject(new PreflightError('2 errors on w1', {hint: 'mend them'}));
	t.is(await init(call, {converge}), 3);
	t.regex(err(), /error: 2 errors on w1\n {2}do: {3}mend them\nlog: /);
});

test('after Ctrl-C, whatever was thrown is an interruption: 130, and how to go on', async (t) => {
	const {call, err, stop} = called();
	const converge = () => {
		stop.abort();
		return Promise.reject(new Error('the socket was closed'));
	};
	t.is(await init(call, {converge}), 130);
	t.regex(err(), /error: interrupted\n {2}do: {3}run the same command again/);
});

test('what is next can be typed as it stands, whatever the files are called', async (t) => {
	const {call, err} = called({kubeconfig: "my admin's.conf"});
	t.is(await init(call, fakePipeline()), 0);
	t.regex(err(), /export KUBECONFIG='.*my admin'\\''s\.conf'\n/);
});

test('after only some phases nobody says that a cluster is up', async (t) => {
	const {call, err} = called({onlyPhases: ['swap', 'kernel']});
	t.is(await init(call, fakePipeline()), 0);
	t.regex(err(), /done: phases swap, kernel on 1 control plane, 1 worker/);
	t.notRegex(err(), /is up/);
});

test('a summary of a run that was stopped says why, and how to go on', async (t) => {
	for (const [reason, says] of [
		[undefined, /failed: init of cluster lab \(.*\): interrupted/],
		[new StepError('not done within --timeout 6s', {hint: 'run the same command again'}), /: not done within --timeout 6s/],
	] as const) {
		const {call, err, stop} = called();
		const pipeline = fakePipeline({...goodSummary, ok: false, exit: 130});
		await init(call, {
			converge: (...given) => {
				stop.abort(reason);
				return pipeline.converge(...given);
			},
		});
		t.regex(err(), says);
		t.regex(err(), /next:\n {2}run the same command again/);
	}
});

test('a bad config is said with its place before anything is contacted, also with -o json', async (t) => {
	const {call, out} = called({output: 'json'}, {config: 'apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {nodse: []}\n'});
	t.is(await init(call, {converge: () => t.fail() as never}), 2);
	const {type, detail} = JSON.parse(out());
	t.is(type, 'summary');
	t.regex(detail.error, /cluster\.yaml:3:\d+: .*nodse.*did you mean nodes/);
});

test('the config can come from stdin', async (t) => {
	const {call} = called(
		{config: '-', cluster: {lock: 'nowhere'}},
		{stdin: 'apiVersion: kubestrap.dev/v1\nkind: Cluster\nspec: {nodes: [{role: control-plane, address: 192.0.2.1}]}\n'},
	);
	t.is(await init(call, fakePipeline()), 2, 'the lock is missing, so stdin was read');
});
