/** Ten images, some 700 MB, from one registry to another: our copy against skopeo, image by image and all at once; and the same again. */
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execPath} from 'node:process';
import {gzipSync} from 'node:zlib';
import {digestOf} from '../../src/artifacts/registry/body.ts';
import {type Descriptor, mediaTypes, readManifest} from '../../src/artifacts/registry/manifest.ts';
import {openRegistry} from '../../src/artifacts/registry/registry.ts';
import {run} from '../laboratory/command.ts';
import {freePort} from '../laboratory/free-port.ts';
import {packages} from '../laboratory/packages.ts';
import {repository} from '../laboratory/places.ts';
import {end} from '../laboratory/processes.ts';
import {registryAnswers, startRegistry} from '../laboratory/registry.ts';
import type {Sample} from './figures.ts';
import type {Scenario} from './scenario.ts';

const names = Array.from({length: 10}, (_, index) => `bench/image-${index}:v1`);
const layerSizes = [34_000_000, 31_000_000, 3_000_000];
const work = 'copy 10 images, 700 MB, registry to registry';

/** A registry with nothing in it. */
async function registry() {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-bench-'));
	const host = `127.0.0.1:${await freePort()}`;
	const started = startRegistry({folder, storage: join(folder, 'storage'), listen: host, readonly: false});
	await registryAnswers(host, started);
	const close = async () => {
		await end(started, 'SIGKILL');
		rmSync(folder, {recursive: true});
	};
	return {host, close};
}

/** Images of random layers on one small layer that all of them have. */
async function fill(host: string): Promise<void> {
	const client = openRegistry({insecure: [host]});
	const target = client.target(host);
	const put = async (ref: string, bytes: Buffer, mediaType: string): Promise<Descriptor> => {
		const blob = {mediaType, digest: digestOf(bytes), size: bytes.length};
		await target.putBlob(ref, blob, async function* () {
			yield bytes;
		});
		return blob;
	};
	// Compressed as registries have them: what is not, skopeo would compress on its way. Level 0, because random bytes do not get smaller.
	const layer = (size: number) => {
		const bytes = randomBytes(size);
		return {bytes: gzipSync(bytes, {level: 0}), diffID: digestOf(bytes)};
	};
	const base = layer(10_000_000);
	for (const name of names) {
		const ref = `${host}/${name}`;
		const all = [base, ...layerSizes.map(layer)];
		const layers: Descriptor[] = [];
		for (const {bytes} of all) layers.push(await put(ref, bytes, 'application/vnd.oci.image.layer.v1.tar+gzip'));
		const rootfs = {type: 'layers', diff_ids: all.map(({diffID}) => diffID)};
		const about = Buffer.from(JSON.stringify({os: 'linux', architecture: 'amd64', name, rootfs}));
		const config = await put(ref, about, 'application/vnd.oci.image.config.v1+json');
		const manifest = {schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers};
		await target.putManifest(ref, readManifest(Buffer.from(JSON.stringify(manifest))));
	}
	await client.close();
}

async function timed(go: () => Promise<unknown>): Promise<Sample> {
	const began = performance.now();
	await go();
	return {amount: (performance.now() - began) / 1000, parts: []};
}

export const copy: Scenario = {
	measures: [
		{name: 'one by one', row: 'copy', work, against: '`skopeo copy`, image by image', goal: 0.6},
		{name: 'at once', row: 'copy', work, against: '`skopeo copy`, ten at once', goal: 1},
		{
			name: 'again',
			row: 'copy',
			work: 'the same again, when everything is there',
			against: '`skopeo copy`, image by image',
			goal: 0.2,
		},
	],
	async open() {
		await packages(['docker-registry', 'skopeo']);
		const source = await registry();
		await fill(source.host);
		const main = join(repository, 'dist/main.js');
		const into = async <T>(use: (host: string) => Promise<T>): Promise<T> => {
			const target = await registry();
			try {
				return await use(target.host);
			} finally {
				await target.close();
			}
		};
		const state = mkdtempSync(join(tmpdir(), 'kubestrap-bench-'));
		const mirror = (host: string) =>
			timed(() => {
				const refs = names.map((name) => `bench.example/${name}`);
				const places = ['--from', `http://${source.host}`, '--to', `http://${host}`];
				return run([execPath, main, 'images', 'mirror', ...refs, ...places], {env: {XDG_STATE_HOME: state}});
			});
		const skopeo = (host: string, name: string) => {
			const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
			return run(['skopeo', 'copy', '--quiet', ...plain, `docker://${source.host}/${name}`, `docker://${host}/${name}`]);
		};
		const oneByOne = (host: string) =>
			timed(async () => {
				for (const name of names) await skopeo(host, name);
			});
		const ours = () =>
			into(async (host) => {
				const first = await mirror(host);
				return {'one by one': first, 'at once': first, again: await mirror(host)};
			});
		const theirs = async () => ({
			...(await into(async (host) => ({'one by one': await oneByOne(host), again: await oneByOne(host)}))),
			'at once': await into((host) => timed(() => Promise.all(names.map((name) => skopeo(host, name))))),
		});
		const close = async () => {
			await source.close();
			rmSync(state, {recursive: true});
		};
		return {ours, theirs, close};
	},
};
