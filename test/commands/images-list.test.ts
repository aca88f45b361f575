import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {imagesList} from '../../src/commands/images-list.ts';
import {called} from './fakes.ts';

const golden = (file: string) => readFileSync(join(import.meta.dirname, '../golden/images/v1.37.1', file), 'utf8');
/** Without the config that `called` writes. */
const bare = (flags: Parameters<typeof called>[0]) => {
	const made = called(flags);
	const {config: _, ...rest} = made.call.flags;
	return {...made, call: {...made.call, flags: rest}};
};

test("without a config, stdout is byte for byte kubeadm's", async (t) => {
	for (const output of ['json', 'yaml'] as const) {
		const {call, out, err} = bare({output, cluster: {kubernetesVersion: 'v1.37.1'}});
		t.is(await imagesList(call), 0);
		t.is(out(), golden(`list.${output}`));
		t.is(err(), '');
	}
	const {call, out} = bare({cluster: {kubernetesVersion: '1.37.1', imageRepository: 'registry.aliyuncs.com/google_containers/'}});
	await imagesList(call);
	t.is(out(), golden('mirror.txt'));
});

test('a version that init does not make is listed, also for a config of another one', async (t) => {
	const {call, out} = called({cluster: {kubernetesVersion: 'v1.23.1'}});
	t.is(await imagesList(call), 0);
	t.is(out().split('\n')[0], 'k8s.gcr.io/kube-apiserver:v1.23.1');
	t.true(out().includes('k8s.gcr.io/coredns/coredns:v1.8.6'));
});

test('what the config adds comes last, and is told apart', async (t) => {
	const text = called();
	t.is(await imagesList(text.call), 0);
	t.is(text.out().trim().split('\n').length, 10);
	t.is(text.err(), 'the last 3 are what the config adds: flannel, flannel-cni-plugin, verify\n');
	const json = called({output: 'json'});
	await imagesList(json.call);
	const {images, addons} = JSON.parse(json.out()) as {images: string[]; addons: Record<string, string>};
	t.is(images.length, 7);
	t.is(addons.verify, 'docker.io/library/busybox:1.37');
});
