import test from 'ava';
import {LockedError} from '../../src/errors.ts';
import type {ExecOptions, News, Output} from '../../src/model.ts';
import {prove} from '../../src/proof/prove.ts';
import {fakeHost} from '../commands/fakes.ts';

const wish = {namespace: 'kubestrap-verify-1', image: 'busybox:1', domain: 'cluster.local', nodes: 1, without: []};
const listed = JSON.stringify({
	items: [
		{kind: 'Pod', metadata: {name: 'agent-a'}, spec: {nodeName: 'cp1'}, status: {podIP: '10.244.0.5'}},
		{kind: 'Service', metadata: {name: 'web'}, spec: {clusterIP: '10.96.12.1'}},
	],
});

/** A cluster that is not there: answers each script as a healthy one would, unless `ill` says otherwise for a part of its text. */
function fakeCluster(ill: Record<string, Partial<Output>> = {}) {
	const answers: Record<string, string> = {
		'get pods,service': `${listed}\n1\n`,
		nslookup: 'Address: 10.96.12.1\n',
		'rollout undo': 'left: .\n',
		' logs -l': 'ready: agent-a\n',
		'-- hostname': 'agent-a\n',
		' cp ': 'kubestrap-verify-1\n',
		readyz: 'ok\ncp1 True fine\n',
	};
	const hold = async (options: ExecOptions): Promise<Partial<Output>> => {
		options.onStdout?.(Buffer.from('got\n'));
		for await (const _ of options.stdin as AsyncIterable<Uint8Array>);
		return {};
	};
	return fakeHost((argv, options) => {
		if (argv[0] === 'flock') return ill.flock ?? hold(options);
		const script = argv[2]!;
		const broken = Object.keys(ill).find((part) => script.includes(part));
		if (broken !== undefined) return ill[broken]!;
		if (script.includes('wget'))
			return {
				stdout: argv
					.slice(6)
					.map((address) => `${address} agent-a\n`)
					.join(''),
			};
		const known = Object.keys(answers).find((part) => script.includes(part));
		return {stdout: known === undefined ? '' : answers[known]!};
	});
}

function watch(signal = new AbortController().signal) {
	const news: News[] = [];
	return {news, options: {tell: (one: News) => news.push(one), signal}};
}

const deletions = (ran: readonly string[][]) => ran.filter((argv) => argv[2]?.includes('delete namespace')).length;

test('all proofs of a healthy cluster hold, are told, and nothing is left', async (t) => {
	const {host, ran} = fakeCluster();
	const {news, options} = watch();
	const verdicts = await prove(host, wish, options);
	t.deepEqual(
		verdicts.filter(({evidence}) => evidence !== undefined),
		[],
	);
	t.deepEqual(
		verdicts.map(({name}) => name),
		['start', 'dns', 'service', 'pods', 'rollout', 'logs', 'exec', 'cp', 'health'],
	);
	t.is(news.length, 9);
	t.like(news[0], {type: 'check', detail: {id: 'start', level: 'ok'}});
	t.is(deletions(ran), 2, 'leftovers before, our own after');
});

test('one proof that fails has evidence and remedy; the others are still tried', async (t) => {
	const {host, ran} = fakeCluster({nslookup: {code: 1, stderr: 'no servers could be reached'}});
	const {options, news} = watch();
	const verdicts = await prove(host, wish, options);
	const [failed, ...others] = verdicts.filter(({evidence}) => evidence !== undefined);
	t.deepEqual(others, []);
	t.like(failed, {name: 'dns', evidence: 'no servers could be reached'});
	t.true(news.some(({detail}) => (detail as {level: string}).level === 'error'));
	t.is(deletions(ran), 2);
});

test('when pods do not start, the newest warnings are the evidence', async (t) => {
	const {host, ran} = fakeCluster({
		'daemonset/$2': {code: 1, stderr: 'error: timed out waiting for the condition'},
		'get events': {stdout: 'agent-a 0/1 ImagePullBackOff\nFailed to pull image\n'},
	});
	const verdicts = await prove(host, wish, watch().options);
	t.is(verdicts.length, 1);
	t.regex(verdicts[0]!.evidence!, /timed out[\s\S]*ImagePullBackOff[\s\S]*Failed to pull image/);
	t.is(deletions(ran), 2);
});

test('a node of the config that is not in the cluster is no proof', async (t) => {
	const [verdict] = await prove(fakeCluster().host, {...wish, nodes: 2}, watch().options);
	t.is(verdict!.evidence, 'the config lists 2 nodes, the cluster has 1');
});

test('an abort in the middle still cleans up', async (t) => {
	const stop = new AbortController();
	const {host, ran} = fakeCluster();
	const tell = () => stop.abort(new Error('Ctrl-C'));
	await t.throwsAsync(prove(host, wish, {tell, signal: stop.signal}), {message: 'Ctrl-C'});
	t.is(deletions(ran), 2);
});

test('two proofs of one cluster do not run at once', async (t) => {
	const {host, ran} = fakeCluster({flock: {code: 75}});
	await t.throwsAsync(prove(host, wish, watch().options), {instanceOf: LockedError});
	t.is(deletions(ran), 0);
});

test('a machine without a cluster fails the first proof, and nothing is raised', async (t) => {
	const {host, ran} = fakeCluster({'delete namespace': {code: 127, stderr: 'kubectl: not found\n'}});
	const {options} = watch();
	const verdicts = await prove(host, wish, options);
	t.is(verdicts.length, 1);
	t.is(verdicts[0]?.evidence, 'kubectl on the control plane: kubectl: not found');
	t.is(deletions(ran), 1);
	t.false(ran.some((argv) => argv[2]?.includes('kubectl apply')));
});
