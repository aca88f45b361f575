/** From one file, with no mirror and no registry: each byte crosses the operator's line once, and nobody asks for anything elsewhere. */
import {copyFileSync, openSync, statSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Dropped} from '../../hack/laboratory/network.ts';
import type {Event} from '../../src/model.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let file: string;
test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open({workers: 2, defaultRoute: true});
	file = join(stage.folder, 'bundle.tar');
});
test.after.always(() => stage?.close());

const names = () => stage.lab.nodes.map(({name}) => name);
const everywhere = async (command: string) => Promise.all(names().map((node) => stage.ssh(node, command)));
const install = (...more: string[]) =>
	stage.start(['init', '-c', stage.config(), '--kubeconfig', stage.kubeconfig, '--bundle', file, ...more]);
/** Bytes of the bundle that a node keeps for the others. */
const kept = async () => {
	const said = await everywhere('du -sb /var/lib/kubestrap/depot 2>/dev/null | cut -f 1');
	return said.map(Number).reduce((sum, bytes) => sum + bytes, 0);
};

test.serial('a bundle is made from the mirror, and is whole', async (t) => {
	t.timeout(120_000);
	const made = await stage.kubestrap(['bundle', 'create', '-c', stage.config(), file]);
	t.is(made.code, 0, made.stderr);
	t.regex(await stage.text(['bundle', 'verify', file, '-c', stage.config(), '--lock', stage.lab.lockFile]), /^good/);
	await stage.lab.silence();
});

test.serial('a bundle with one wrong byte touches no machine', async (t) => {
	t.timeout(60_000);
	const wrong = join(stage.folder, 'wrong.tar');
	copyFileSync(file, wrong);
	writeSync(openSync(wrong, 'r+'), 'x', Math.floor(statSync(wrong).size * 0.7));
	const run = await stage.kubestrap(['init', '-c', stage.config(), '--bundle', wrong]);
	t.is(run.code, 2, run.stderr);
	t.regex(run.stderr, /wrong\.tar: blobs\/sha256\/[0-9a-f]{64}: its bytes have sha256/);
	t.deepEqual(await everywhere('ls -A /var/lib/kubestrap 2>/dev/null || :'), ['', '', '']);
});

let before: Dropped;
let sent: number;

test.serial('an operator that is killed while he sends: what came is kept, and nobody serves any more', async (t) => {
	t.timeout(120_000);
	before = await stage.lab.packets();
	const running = install('--rate', '40M');
	const onItsWay = ({type, step, detail}: Event) =>
		type === 'progress' && step?.startsWith('fetch kubelet') === true && (detail as {done: number}).done > 30_000_000;
	await running.seen(onItsWay);
	running.kill('SIGKILL');
	await running.done;
	sent = await kept();
	t.true(sent > 30_000_000, `${sent}`);
	await everywhere('timeout 20 sh -c "while systemctl is-active -q kubestrap-depot.socket; do sleep 0.1; done"');
});

test.serial('the same again goes on where it was, and makes a cluster', async (t) => {
	t.timeout(300_000);
	const half = (await stage.lab.packets()).line;
	const run = await install().done;
	t.is(run.code, 0, run.stderr);
	const nodes = await stage.ssh('cp1', 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers');
	t.is(nodes.match(/\bReady\b/g)?.length, 3, nodes);
	const {size} = statSync(file);
	const {line} = await stage.lab.packets();
	t.true(line - half < size * 1.05 - sent * 0.95, `${line - half} of ${size} bytes, ${sent} were there`);
	t.true(line - before.line <= size * 1.05, `${line - before.line} of ${size} bytes in both runs`);
});

test.serial('no packet went to any address but those of the nodes and of the operator', async (t) => {
	// Those to Services do not count: nobody has these addresses, and kube-proxy has not written its rules yet when the first ones are sent.
	const {forwarded, received, elsewhere} = await stage.lab.packets();
	t.deepEqual({forwarded, received, elsewhere: elsewhere - before.elsewhere}, {forwarded: 0, received: 0, elsewhere: 0});
});

test.serial('images are pinned under the names of upstream; nothing else of the bundle is left', async (t) => {
	const images = JSON.parse(await stage.ssh('cp1', 'crictl images -o json')) as {
		images: {pinned: boolean; repoTags: string[]; repoDigests: string[]}[];
	};
	t.is(images.images.length, 10);
	for (const {pinned, repoTags, repoDigests} of images.images) {
		t.true(pinned, repoTags.join());
		t.is(repoTags.length, 1);
		t.is(repoDigests.length, 1, repoDigests.join());
	}
	const left =
		'ls -d /var/lib/kubestrap/depot /run/systemd/system/kubestrap-depot* 2>/dev/null; ls /var/lib/kubestrap/artifacts | grep -v installed || :';
	t.deepEqual(await everywhere(left), ['', '', '']);
});

test.serial('the same command again changes nothing and sends next to nothing', async (t) => {
	t.timeout(120_000);
	const {line} = await stage.lab.packets();
	const run = await install().done;
	t.is(run.code, 0, run.stderr);
	t.is(run.summary.changed, 0, JSON.stringify(run.events.filter(({state}) => state === 'changed')));
	t.true((await stage.lab.packets()).line - line < 3_000_000);
});
