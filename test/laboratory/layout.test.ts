import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {layerOf, writeLayout} from '../../hack/laboratory/layout.ts';
import {readLock, writeLock} from '../../src/artifacts/lock.ts';

function tree(time: number): string {
	const folder = mkdtempSync(join(tmpdir(), 'tree-'));
	mkdirSync(join(folder, 'bin'));
	for (const name of time % 2 === 0 ? ['a', 'b'] : ['b', 'a']) {
		writeFileSync(join(folder, 'bin', name), name, {mode: 0o755});
		utimesSync(join(folder, 'bin', name), time, time);
	}
	return folder;
}

test('the same files give the same image, whenever and in whatever order they were made', async (t) => {
	const out = mkdtempSync(join(tmpdir(), 'layout-'));
	const [first, second] = [await layerOf(tree(1000), join(out, 'l')), await layerOf(tree(2001), join(out, 'l'))];
	t.is(first.sha256, second.sha256);
	const made = writeLayout(join(out, 'image'), {Env: ['PATH=/bin'], Cmd: ['sh']}, [first]);
	t.deepEqual(made, writeLayout(join(out, 'again'), {Env: ['PATH=/bin'], Cmd: ['sh']}, [second]));
	t.deepEqual(made.diffIDs, [`sha256:${first.sha256}`]);

	const blob = (digest: string) => readFileSync(join(out, 'image/blobs/sha256', digest.replace('sha256:', '')));
	const manifest = JSON.parse(blob(made.digest).toString());
	t.is(manifest.config.digest, made.config);
	t.is(createHash('sha256').update(blob(made.config)).digest('hex'), made.config.replace('sha256:', ''));
	t.is(manifest.layers[0].size, blob(manifest.layers[0].digest).length);
});

test('kubestrap reads the lock that the lab writes', (t) => {
	const hex = 'ab'.repeat(32);
	const lock = {
		madeBy: 'hack/lab',
		madeAt: '2026-11-21T00:00:00.000Z',
		binaries: {'kubelet/v1.37.1/amd64': {sha256: hex, size: 42, from: ['release/v1.37.1/bin/linux/amd64/kubelet']}},
		images: {
			'registry.k8s.io/pause:3.10.2': {
				platform: 'linux/amd64',
				digest: `sha256:${hex}`,
				config: `sha256:${hex}`,
				diffIDs: [`sha256:${hex}`],
				from: ['registry.k8s.io/pause:3.10.2'],
			},
		},
	};
	t.deepEqual(readLock(writeLock(lock), {file: 'kubestrap.lock'}), lock);
});
