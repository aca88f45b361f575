/** What a join finds that was begun earlier: data of a member that is out, a token that could not be asked for. */
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {rowsFor} from '../../pki/places.ts';
import {sharedFiles} from '../../src/contract/identity-files.ts';
import type {EtcdMember, Living, Phase, Scope} from '../../src/model.ts';
import {etcdAside} from '../../src/phases/etcd-aside.ts';
import {etcdMember} from '../../src/phases/etcd-member.ts';
import {joinTokenGone} from '../../src/phases/join-token-gone.ts';
import {kubeletAnew} from '../../src/phases/kubelet-anew.ts';
import {apply, join as joinRecipe} from '../../src/recipes.ts';
import {output} from '../checks/sample.ts';
import {scopesOf} from './cluster.ts';

const test = anyTest as TestFn<string>;
test.beforeEach((t) => {
	t.context = mkdtempSync(join(tmpdir(), 'kubestrap-half-way-'));
});
test.afterEach.always((t) => rmSync(t.context, {recursive: true}));

const member = (index: number, more: Partial<EtcdMember> = {}): EtcdMember => ({
	id: `${index}f`,
	name: `cp${index}`,
	peerUrls: [`https://10.0.0.${index}:2380`],
	clientUrls: [`https://10.0.0.${index}:2379`],
	learner: false,
	healthy: true,
	leader: false,
	...more,
});

/** cp2 on its way into the cluster of cp1, with data in its folder of etcd. */
function joining(members: readonly EtcdMember[]): Scope {
	const probes = {directories: output('full\t/var/lib/etcd\n'), etcdLog: output('some\n')};
	const {cp1, cp2} = scopesOf([{name: 'cp1'}, {name: 'cp2', facts: {probes}}]);
	const sites = [
		{...cp1!.site, stage: 'member', seat: true},
		{...cp2!.site, stage: 'joining'},
	] as const;
	const living: Living = {seat: 'cp1', server: 'https://10.0.0.1:6443', nodes: [], members, configMaps: {}};
	return {...cp2!, site: sites[1], sites, living};
}

/** The run steps of a phase: each one's script and test, with its words. */
const runs = (phase: Phase, scope: Scope) =>
	phase
		.steps(scope)
		.flatMap(({kind, ...step}) => (kind === 'run' && 'command' in step ? [step] : [])) as unknown as readonly Run[];
type Words = {readonly sh: string};
type Run = {readonly command: Words; readonly unless: Words};
const sh = ({sh: script}: Words, ...args: string[]) => spawnSync('sh', ['-c', script, 'sh', ...args]).status;

test('a machine that got the certificate of an authority, and died before its key came, gets the key', (t) => {
	const scope = joining([member(1)]);
	const seen = (text: string) => ({text, mode: '0644', owner: 'root:root', size: 9});
	const [crt, key] = ['/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/pki/ca.key'];
	const sites = scope.sites.map((site) => {
		const files = site.name === 'cp1' ? {[crt]: seen('PEM'), [key]: seen('')} : {[crt]: seen('PEM')};
		return {...site, facts: {...site.facts, files}};
	});
	const item = {id: 'ca', state: 'keep', on: 'cp1', file: crt, publicHalf: 'PEM'} as const;
	const identity = {...scope.identity, items: {ca: item}};
	const row = rowsFor({externalEtcd: false}).find(({name}) => name === 'ca')!;
	const contents = sharedFiles({...scope, site: sites[1]!, sites, identity}, row).map((step) =>
		'content' in step ? step.content : '',
	);
	t.deepEqual(contents, [[{secret: 'ca.key'}], {kept: true}]);
});

test('data of a member that was taken out is set aside, once, and not deleted', (t) => {
	const [aside, ...others] = runs(etcdAside, joining([member(1)]));
	t.is(others.length, 0);
	mkdirSync(join(t.context, 'member/wal'), {recursive: true});
	writeFileSync(join(t.context, 'member/wal/0.wal'), '');
	t.is(sh(aside!.unless, t.context), 1);
	t.is(sh(aside!.command, t.context), 0);
	t.is(sh(aside!.unless, t.context), 0);
	t.regex(readdirSync(t.context).join(), /^member\.lost-\d+$/);
});

test('it is set aside before etcd takes the machine: whoever dies in between leaves no learner that cannot start', (t) => {
	const order = apply.phases.map(({name}) => name);
	t.true(order.indexOf(etcdAside.name) < order.indexOf(etcdMember.name));
	t.is(runs(etcdMember, joining([member(1)])).length, 1);
});

test('a learner that has begun keeps what it has', (t) => {
	t.deepEqual(runs(etcdAside, joining([member(1), member(2, {learner: true})])), []);
	t.deepEqual(runs(etcdAside, joining([member(1), member(2)])), []);
});

for (const [title, kubectl, status] of [
	['gone when nothing has its label', 'exit 0', 0],
	['there when its Secret is', 'case "$*" in *secret*) echo secret/one ;; esac', 1],
	['there when its right is', 'case "$*" in *clusterrolebinding*) echo one ;; esac', 1],
	['not taken for gone when the API does not answer', 'exit 1', 1],
] as const) {
	test(`the token of a run is ${title}`, (t) => {
		const fake = join(t.context, 'kubectl');
		writeFileSync(fake, `#!/bin/sh\n${kubectl}\n`);
		chmodSync(fake, 0o755);
		const [run] = runs(joinTokenGone, joining([member(1)]));
		const script = run!.unless.sh.replaceAll('kubectl --kubeconfig', `${fake} --kubeconfig`);
		t.is(sh({sh: script}, 'https://10.0.0.1:6443'), status);
	});
}

test('a kubelet whose Node was deleted begins anew; one that has its Node, or was never started, does not', (t) => {
	const scope = joining([member(1)]);
	const file = {mode: '0600', owner: 'root:root', size: 1};
	const facts = {...scope.site.facts, files: {'/etc/kubernetes/kubelet.conf': file}};
	const forgotten: Scope = {...scope, site: {...scope.site, facts}};
	const known = {...scope.living!, nodes: [{name: 'cp2'}] as unknown as Living['nodes']};
	const [begin, ...others] = runs(kubeletAnew, forgotten);
	t.is(others.length, 0);
	t.regex(begin!.command.sh, /^systemctl restart kubelet.service/);
	t.deepEqual(runs(kubeletAnew, {...forgotten, living: known}), []);
	t.deepEqual(runs(kubeletAnew, scope), []);
	const {living: _, ...born} = forgotten;
	t.deepEqual(runs(kubeletAnew, born), []);
});

test('it begins anew when the API server of its own machine answers, which a machine on its way in has not before', (t) => {
	for (const {phases} of [apply, joinRecipe]) {
		const names = phases.map(({name}) => name);
		t.true(names.indexOf('kubelet-anew') > names.indexOf('wait-api-server'));
		t.true(names.indexOf('kubelet-anew') < names.indexOf('mark-node'));
	}
});
