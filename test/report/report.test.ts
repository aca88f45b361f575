import test from 'ava';
import {ConfigError, StepError} from '../../src/errors.ts';
import type {Summary} from '../../src/model.ts';
import {openBoard} from '../../src/report/board.ts';
import {lines} from '../../src/report/lines.ts';
import {paint} from '../../src/report/paint.ts';
import {openReport, type ReportOptions} from '../../src/report/report.ts';
import {stage} from './stage.ts';

const summary: Summary = {
	ok: true,
	exit: 0,
	changed: 5,
	unchanged: 1,
	failed: 0,
	ms: 12_340,
	failures: [],
	spent: [
		{node: 'cp1', phase: 'runtime', ms: 4000},
		{node: 'cp1', phase: 'images', ms: 8000},
		{node: 'w1', phase: 'runtime', ms: 3000},
	],
};
const closing = {headline: 'cluster lab is up', next: ['kubectl get nodes']};

function open(options: Partial<ReportOptions> = {}) {
	const [out, err] = [stage(), stage()];
	const written: string[] = [];
	const log = {path: '/logs/run.log', write: (line: string) => written.push(line), close: () => {}};
	const clock = () => new Date('2026-11-21T00:00:00Z');
	const base = {
		output: 'text',
		tty: false,
		colors: false,
		verbose: false,
		run: 'r1',
		stdout: out.stream,
		stderr: err.stream,
		log,
		clock,
	} as const;
	return {report: openReport({...base, ...options}), out: out.text, err: err.text, written};
}

test('with -o json, stdout has one stamped event per line and ends with the summary', async (t) => {
	const {report, out, err, written} = open({output: 'json'});
	report.tell({type: 'step', node: 'cp1', phase: 'runtime', step: 'config', state: 'changed', ms: 3});
	report.tell({type: 'summary', detail: 'not ours'});
	report.end(summary, closing);
	const events = out()
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
	t.deepEqual(events[0], {
		time: '2026-11-21T00:00:00.000Z',
		run: 'r1',
		type: 'step',
		node: 'cp1',
		phase: 'runtime',
		step: 'config',
		state: 'changed',
		ms: 3,
	});
	t.is(events.length, 2);
	t.like(events[1], {type: 'summary', detail: {ok: true, exit: 0, changed: 5, log: '/logs/run.log'}});
	t.is(err(), '');
	t.is(written.join('\n'), out().trim());
});

test('without a terminal, lines carry the node and say what came of a phase', async (t) => {
	const {report, out, err} = open();
	report.tell({type: 'phase', node: 'cp1', phase: 'runtime', state: 'started'});
	report.tell({type: 'step', node: 'cp1', phase: 'runtime', step: 'config', state: 'changed'});
	report.tell({type: 'step', node: 'cp1', phase: 'runtime', step: 'unit', state: 'unchanged'});
	report.tell({type: 'phase', node: 'cp1', phase: 'runtime', state: 'changed', ms: 1234});
	report.tell({type: 'check', node: 'w1', detail: {id: 'Swap', level: 'warning', evidence: '/dev/sda2', remedy: 'swapoff -a'}});
	t.is(err(), 'cp1 | [runtime] 1 changed, 1 unchanged (1.2 s)\nw1 | [WARNING Swap] /dev/sda2; swapoff -a\n');
	t.is(out(), '');
});

test('progress without a terminal is silent as long as things are quick', (t) => {
	const {report, err} = open();
	for (let done = 1; done <= 3; done++)
		report.tell({type: 'progress', node: 'w1', phase: 'images', step: 'pull', detail: {done, total: 3, unit: 'images'}});
	t.is(err(), '');
});

test('what takes long says how far it is, now and then', (t) => {
	let time = 0;
	const {stream, text} = stage();
	const view = lines({stream, answers: stream, board: openBoard(), verbose: false, paint: paint(false), now: () => time});
	for (time = 0; time <= 12_000; time += 1000)
		view.show({
			type: 'progress',
			node: 'w1',
			phase: 'images',
			step: 'pull',
			detail: {done: time / 1000, total: 20, unit: 'images'},
		});
	t.is(text(), 'w1 | [images] pull 5 of 20 images\nw1 | [images] pull 10 of 20 images\n');
});

test('evidence of several lines stands below its finding', (t) => {
	const {report, err} = open();
	report.tell({
		type: 'check',
		detail: {id: 'start', level: 'error', evidence: 'timed out\nagent-1 ImagePullBackOff\nFailed to pull', remedy: 'look'},
	});
	t.is(err(), '[ERROR start] timed out\n    agent-1 ImagePullBackOff\n    Failed to pull\n    look\n');
});

test('the summary says what changed, where the seconds went, what to do next, and where the log is', async (t) => {
	const {report, err} = open();
	report.end(summary, closing);
	t.is(
		err(),
		`done: cluster lab is up
  5 changed, 1 unchanged, 0 failed, 12.3 s
where the seconds went:
  cp1  images 8.0 s · runtime 4.0 s
  w1   runtime 3.0 s
next:
  kubectl get nodes
log: /logs/run.log
`,
	);
});

test('a failure says what, the evidence, what to do, and where the log is', async (t) => {
	const {report, err} = open();
	const failure = {
		node: 'cp1',
		phase: 'control-plane',
		step: 'wait for the API server',
		what: 'not healthy after 240 s',
		evidence: ['etcd: bind: address already in use', '\u001b[2Jexit code 1'],
		remedy: 'free port 2379 on cp1, then run the same command again',
	};
	report.end({...summary, ok: false, exit: 5, failed: 1, failures: [failure], spent: []}, {headline: 'init of lab', next: []});
	t.is(
		err(),
		`failed: cp1: phase control-plane, step wait for the API server: not healthy after 240 s
  seen: etcd: bind: address already in use
        exit code 1
  do:   free port 2379 on cp1, then run the same command again
failed: init of lab
  5 changed, 1 unchanged, 1 failed, 12.3 s
log: /logs/run.log
`,
	);
});

test('problems of a config file are all shown, each with its place', async (t) => {
	const {report, err} = open();
	const problems = [
		{file: 'c.yaml', line: 3, column: 5, message: 'unknown key `rol`', hint: 'did you mean `role`?'},
		{file: 'c.yaml', line: 9, column: 1, message: 'no nodes'},
	];
	t.is(report.fail(new ConfigError(problems)), 2);
	t.is(err(), 'error: c.yaml:3:5: unknown key `rol` (did you mean `role`?)\nerror: c.yaml:9:1: no nodes\nlog: /logs/run.log\n');
});

test('with -o json an error is the summary, and still readable on stderr', async (t) => {
	const {report, out, err} = open({output: 'json'});
	t.is(report.fail(new StepError('the unit ended with 7', {hint: 'run it again'})), 5);
	t.like(JSON.parse(out()), {type: 'summary', detail: {ok: false, exit: 5, log: '/logs/run.log'}});
	t.is(err(), 'error: the unit ended with 7\n  do:   run it again\nlog: /logs/run.log\n');
});

test('an error outside the family is a bug of ours: exit 70, and how to report it', async (t) => {
	const {report, err} = open();
	t.is(report.fail(new TypeError('x is not a function')), 70);
	t.regex(err(), /this is a bug in kubestrap: TypeError: x is not a function\n {2}seen: at .*\n[\s\S]*do: {3}open an issue/);
});

test('a secret that a node repeats reaches neither screen nor log', async (t) => {
	const {report, err, written} = open();
	report.hide(() => ['abcdef.0123456789abcdef']);
	report.tell({type: 'note', node: 'cp1', detail: 'token abcdef.0123456789abcdef was made'});
	t.is(err(), 'cp1 | token *** was made\n');
	t.false(written.join().includes('0123456789abcdef'));
});

test('on a terminal, the tree ends with every node and phase, and what was said meanwhile comes below', async (t) => {
	const {report, err} = open({tty: true});
	await report.live();
	report.tell({type: 'phase', node: 'cp1', phase: 'runtime', state: 'started'});
	report.tell({type: 'step', node: 'cp1', phase: 'runtime', step: 'config', state: 'changed'});
	report.tell({type: 'note', node: 'cp1', detail: 'cgroup v1 is seen: failCgroupV1 is off'});
	report.tell({type: 'phase', node: 'cp1', phase: 'runtime', state: 'changed', ms: 1234});
	report.tell({type: 'step', node: 'w1', phase: 'images', step: 'pull', state: 'failed'});
	report.quiet();
	const last = err().slice(err().lastIndexOf('cp1  1 changed'));
	t.regex(last, /cp1 {2}1 changed/);
	t.regex(last, /w1 {2}nothing to do/);
	t.regex(last, /cp1 \| cgroup v1 is seen/);
});
