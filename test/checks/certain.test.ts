import {spawnSync} from 'node:child_process';
import test from 'ava';
import {blamed} from '../../src/checks/causes/blamed.ts';
import {certainly as certainlyFor} from '../../src/checks/causes/certain.ts';
import {glimpseScript} from '../../src/checks/causes/glimpse.ts';
import {effortMs} from '../fuzz/effort.ts';

const certainly = (looks: readonly string[], key = 'control-plane') => certainlyFor(looks, key);

const flag = (count: number) =>
	`== died log kube-apiserver ${count}\n2026-11-21T09:45:46.3Z stderr F Error: unknown flag: --no-such-flag\n`;
const refused = (count: number) =>
	`== died log kube-apiserver ${count}\n... F E1121 run.go:72] "command failed" err="context deadline exceeded: dial tcp 127.0.0.1:2379: connect: connection refused"\n`;

test('a program that died twice of a cause that no waiting mends', (t) => {
	t.is(certainly([flag(0), flag(1)]), 'component-argument');
	t.is(certainly([`${flag(0)}${flag(1)}`]), 'component-argument', 'in one look');
	const kubelet = (count: number) =>
		`== died kubelet ${count}\nE1121 1 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not supported"\n`;
	t.is(certainly([kubelet(3), kubelet(3), kubelet(4)]), 'swap-on');
});

test('nothing ends a wait that may still be over well', (t) => {
	t.is(certainly([]), undefined);
	t.is(certainly([flag(0), flag(0), flag(0)]), undefined, 'the same death seen again and again');
	t.is(certainly([refused(0), refused(1), refused(2), refused(3)]), undefined, 'etcd may come');
	t.is(certainly([flag(0), refused(1), refused(2)]), undefined, 'died of it once, and then of something else');
	t.is(certainly([flag(0), flag(0).replace('log kube-apiserver', 'log etcd')]), undefined, 'two programs, once each');
	const living = '== kubelet\nError: unknown flag: --no-such-flag\n'.repeat(3);
	t.is(certainly([living, living]), undefined, 'words of what has not died');
	const elsewhere = (count: number) => `== died log etcd ${count}\nrunning with swap on is not supported\n`;
	t.is(certainly([elsewhere(0), elsewhere(1)]), undefined, 'words that only the kubelet says');
	const unfed = (count: number, why: string) =>
		`== died kubelet ${count}\nE1121 1 run.go:72] "command failed" err="failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: ${why}"\n`;
	const missing = 'open /var/lib/kubelet/config.yaml: no such file or directory';
	t.is(certainly([unfed(3, missing), unfed(4, missing)]), undefined, 'a machine whose turn has not come yet');
	const etcd = (count: number, why: string) =>
		`== died log etcd ${count}\n... F {"level":"panic","msg":"failed to open database","path":"/var/lib/etcd/member/snap/db","error":"${why}"}\n... F panic: failed to open database\n`;
	const full = 'write /var/lib/etcd/member/snap/db: no space left on device';
	t.is(certainly([etcd(0, full), etcd(1, full)]), undefined, 'a full disk is no damage, and may be given room');
	t.is(certainly([etcd(0, 'invalid database'), etcd(1, 'invalid database')]), 'etcd-data');
	t.is(certainly([unfed(3, 'yaml: line 3'), unfed(4, 'yaml: line 3')]), 'kubelet-config');
});

test('what a wait does not need may die: a later phase is about to mend it, or nobody waits for it', (t) => {
	const dead = (what: string) => [0, 1].map((count) => flag(count).replace('log kube-apiserver', what));
	for (const what of ['log kube-controller-manager', 'log kube-scheduler']) {
		t.is(certainly(dead(what), 'control-plane'), undefined, what);
		t.is(certainly(dead(what), 'nodes'), undefined, what);
		t.is(certainly(dead(what), 'controllers'), 'component-argument', what);
	}
	t.is(certainly(dead('log kube-proxy'), 'nodes'), undefined);
	t.is(certainly(dead('log kube-proxy'), 'kube-proxy'), 'component-argument');
	for (const key of ['nodes', 'kube-proxy', 'control-plane', 'endpoint'])
		t.is(certainly(dead('kubelet'), key), 'component-argument', key);
});

test('the looks of a hostile machine cost more only as they are longer', (t) => {
	const effortOf = (times: number) => {
		const begin = effortMs();
		const long = `== died kubelet 1\n${'unknown flag '.repeat(40 * times)}\n`;
		t.is(certainly([long, '== died x 1\n'.repeat(10 * times)]), undefined);
		return effortMs() - begin;
	};
	effortOf(500);
	const [short, long] = [effortOf(5000), effortOf(20_000)];
	// Four times as long: sixteen times the effort is what goes over a text once for each of its letters.
	t.true(long < 10 * short, `${short} ms, ${long} ms`);
});

test('who is complained of', (t) => {
	t.deepEqual(
		blamed([
			'node w1 is not Ready: cni plugin not initialized',
			'Error from server (NotFound): nodes "w2" not found',
			'Error from server (NotFound): nodes "w2" not found',
			'waited 4 s for: every node is Ready',
		]),
		['w1', 'w2'],
	);
});

test('the glimpse runs in a plain sh, whatever is missing', (t) => {
	const {stdout, stderr, status} = spawnSync('sh', ['-c', glimpseScript, 'sh', '10'], {encoding: 'utf8', timeout: 30_000});
	t.is(status, 0);
	t.is(stderr, '');
	t.is(certainly([stdout]), undefined);
});
