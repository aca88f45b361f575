/** Fills a registry's storage with the lab's images. */
import {createHash} from 'node:crypto';
import {mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {LockedImage} from '../../src/model.ts';
import {run} from './command.ts';
import {debianTree, leaveOut, mmdebstrap, suite} from './debian.ts';
import {freePort} from './free-port.ts';
import {bases, environment, type ImageRow} from './images.ts';
import {type Layer, layerOf, link, writeLayout} from './layout.ts';
import {end} from './processes.ts';
import {registryAnswers, startRegistry} from './registry.ts';
import type {Compiled} from './release-files.ts';

/** A lower layer's tree, kept in the cache: every Kubernetes version's images stand on the same ones. */
function baseTree(name: keyof typeof bases): Promise<string> {
	const {packages, links, applets} = bases[name];
	const recipe = createHash('sha256').update(JSON.stringify([suite, leaveOut, packages, links, applets]));
	return debianTree(`layer-${name}-${recipe.digest('hex').slice(0, 12)}`, async (tree) => {
		await mmdebstrap(['--variant=extract', `--include=${packages.join(',')}`, suite, tree]);
		for (const [path, to] of Object.entries(links)) symlinkSync(to, join(tree, path));
		if (applets) await linkApplets(tree);
		mkdirSync(join(tree, 'tmp'), {recursive: true});
	});
}

async function linkApplets(tree: string): Promise<void> {
	const {stdout} = await run([join(tree, 'bin/busybox'), '--list']);
	for (const applet of stdout.trim().split('\n')) if (applet !== 'busybox') symlinkSync('busybox', join(tree, 'bin', applet));
	for (const each of ['usr/share', 'var']) rmSync(join(tree, each), {recursive: true, force: true});
}

async function image(row: ImageRow, folder: string, below: readonly Layer[], files: Compiled) {
	const layers = [...below];
	if (Object.keys(row.parts).length > 0) {
		const tree = join(folder, 'tree');
		rmSync(tree, {recursive: true, force: true});
		for (const [path, from] of Object.entries(row.parts)) link(files.get(from) ?? '', join(tree, path));
		layers.push(await layerOf(tree, join(folder, 'layers')));
		rmSync(tree, {recursive: true});
	}
	const config = {
		Env: environment,
		...(row.entrypoint === undefined ? {} : {Entrypoint: row.entrypoint}),
		...(row.command === undefined ? {} : {Cmd: row.command}),
	};
	return writeLayout(join(folder, 'layout'), config, layers);
}

/** Makes every image, pushes it, and answers the lock's images. `folder` gets `registry/`. */
export async function images(rows: readonly ImageRow[], folder: string, files: Compiled) {
	const work = join(folder, 'work');
	mkdirSync(work, {recursive: true});
	const below = new Map<string, Layer>();
	for (const name of new Set(rows.flatMap(({base}) => base ?? [])))
		below.set(name, await layerOf(await baseTree(name), join(work, 'layers')));
	const listen = `127.0.0.1:${await freePort()}`;
	const registry = startRegistry({folder: work, storage: join(folder, 'registry'), listen, readonly: false});
	const locked: Record<string, LockedImage> = {};
	try {
		await registryAnswers(listen, registry);
		for (const row of rows) {
			const base = row.base === undefined ? undefined : below.get(row.base);
			const made = await image(row, work, base === undefined ? [] : [base], files);
			const target = row.ref.replace(/^[^/]+/, listen);
			const copy = ['skopeo', 'copy', '--insecure-policy', '--preserve-digests', '--dest-tls-verify=false'];
			await run([...copy, `oci:${join(work, 'layout')}:it`, `docker://${target}`]);
			locked[row.ref] = {platform: 'linux/amd64', ...made, from: [row.ref]};
		}
	} finally {
		await end(registry);
	}
	rmSync(work, {recursive: true});
	return locked;
}
