import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Scope, Step} from '../../src/model.ts';
import {joinTokenGone} from '../../src/phases/join-token-gone.ts';
import {testFolder} from '../folder.ts';
import {scopesOf} from './cluster.ts';

const scope: Scope = {
	...scopesOf([{name: 'cp1'}]).cp1!,
	living: {seat: 'cp1', server: 'https://10.0.0.1:6443', nodes: [], configMaps: {}},
};

/** Whether the step says that nothing is left, where a fake kubectl does this. */
function isGone(kubectl: string): boolean {
	const folder = testFolder();
	writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\n${kubectl}\n`, {mode: 0o755});
	const [step] = joinTokenGone.steps(scope) as [Extract<Step, {kind: 'run'}>];
	const {unless} = step;
	if (typeof unless !== 'object' || !('sh' in unless)) throw new Error('there is no script');
	const env = {...process.env, PATH: `${folder}:${process.env.PATH}`};
	return spawnSync('sh', ['-c', unless.sh, 'sh', ...(unless.args ?? [])], {env}).status === 0;
}

test('what an earlier run left is looked for, also when nobody joins', (t) => {
	t.true(isGone('exit 0'));
	t.false(isGone('echo secret/bootstrap-token-abcdef'));
	t.false(isGone('echo clusterrolebinding.rbac.authorization.k8s.io/kubestrap:node-bootstrapper'));
});

test('a cluster that does not answer has not said that nothing is left', (t) => {
	t.false(isGone('exit 1'));
});

test('before there is a cluster there is nothing to take away', (t) => {
	const {living: _, ...unborn} = scope;
	t.deepEqual(joinTokenGone.steps(unborn), []);
});
