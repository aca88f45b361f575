/** Fakes for the commands: a world with recorded streams, and a machine that answers by program name. */
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import type {Call, Flags} from '../../src/commands/call.ts';
import type {ExecOptions, Host, Output, Summary} from '../../src/model.ts';
import {stage} from '../report/stage.ts';

export const clusterText = `apiVersion: kubestrap.dev/v1
kind: Cluster
metadata: {name: lab}
spec:
  lock: lab.lock
  nodes:
    - {name: cp1, role: control-plane, address: 192.0.2.11}
    - {name: w1, role: worker, address: 192.0.2.21}
`;

export const lockText = 'binaries: {}\nimages: {}\nmadeBy: a test\nmadeAt: "2026-11-21T00:00:00Z"\n';

export const goodSummary: Summary = {ok: true, exit: 0, changed: 3, unchanged: 1, failed: 0, ms: 1000, failures: [], spent: []};

/** A call of a verb in a folder of its own, which has cluster.yaml and its lock. */
export function called(flags: Partial<Flags> = {}, {config = clusterText, stdin = ''} = {}) {
	const cwd = mkdtempSync(join(tmpdir(), 'kubestrap-call-'));
	writeFileSync(join(cwd, 'cluster.yaml'), config);
	writeFileSync(join(cwd, 'lab.lock'), lockText);
	const [out, err] = [stage(), stage()];
	const stop = new AbortController();
	const call: Call = {
		flags: {
			config: join(cwd, 'cluster.yaml'),
			output: 'text',
			yes: false,
			verbose: false,
			colors: false,
			merge: false,
			acceptNewHostKeys: false,
			askSudoPassword: false,
			skipPhases: [],
			onlyPhases: [],
			words: [],
			force: false,
			drain: true,
			skipUnreachable: false,
			dryRun: false,
			plan: {},
			token: {},
			bundle: {},
			cluster: {},
			...flags,
		},
		around: {
			stdin: Readable.from([stdin]) as unknown as NodeJS.ReadStream,
			stdout: out.stream,
			stderr: Object.assign(err.stream, {isTTY: false}),
			env: {XDG_STATE_HOME: join(cwd, 'state')},
			cwd,
			home: cwd,
			root: cwd,
			version: '0.0.0',
			signal: stop.signal,
		},
	};
	return {call, cwd, out: out.text, err: err.text, stop};
}

/** A machine that is not there: `answer` says what a command prints. */
export function fakeHost(answer: (argv: readonly string[], options: ExecOptions) => Partial<Output> | Promise<Partial<Output>>) {
	const ran: string[][] = [];
	let closed = false;
	const host: Host = {
		name: 'cp1',
		async exec(argv, options) {
			options.signal?.throwIfAborted();
			ran.push([...argv]);
			return {code: 0, stdout: '', stderr: '', ...(await answer(argv, options))};
		},
		async close() {
			closed = true;
		},
	};
	return {host, ran, isClosed: () => closed, hosts: new Map([['cp1', host]])};
}

export const adminConf = `apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster: {server: "https://192.0.2.11:6443", certificate-authority-data: Q0E=}
users:
- name: kubernetes-admin
  user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
contexts:
- name: kubernetes-admin@kubernetes
  context: {cluster: kubernetes, user: kubernetes-admin}
current-context: kubernetes-admin@kubernetes
`;
