/**
 * Makes modules/COMPONENT/{go.mod,go.sum} anew, for when a version in components.ts changes:
 * `node_modules/.bin/node hack/laboratory/pin.ts COMPONENT…`. The result is committed; builds then only read it.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {argv} from 'node:process';
import {run, tell} from './command.ts';
import {type Component, component} from './components.ts';

type Module = {readonly Path: string; readonly Version?: string};
type GoMod = {
	readonly Go: string;
	readonly Require?: readonly Module[];
	readonly Replace?: readonly {readonly Old: Module; readonly New: Module}[];
};

const build = {GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', GOWORK: 'off'};

async function download(module: string): Promise<{GoMod: string}> {
	return JSON.parse((await run(['go', 'mod', 'download', '-json', module], {cwd: '/', env: build})).stdout);
}

/** A module's replacements do not hold for those who require it, so they are repeated here; staging folders become their published modules. */
async function goMod(component: Component): Promise<string> {
	const [first = ''] = component.modules;
	const {GoMod: file} = await download(first);
	const own: GoMod = JSON.parse((await run(['go', 'mod', 'edit', '-json', file], {env: build})).stdout);
	const replaced = new Map<string, string>();
	const staging = component.version.replace(/^v1\./, 'v0.');
	for (const {Old, New} of own.Replace ?? []) {
		const local = New.Version === undefined;
		if (local && !New.Path.startsWith('./staging/')) continue;
		replaced.set(Old.Path, local ? `${Old.Path} ${staging}` : `${New.Path} ${New.Version}`);
	}
	for (const [from, to] of Object.entries(component.replace ?? {})) replaced.set(from, to.replace('@', ' '));
	const required = new Map((own.Require ?? []).map(({Path, Version = ''}) => [Path, Version]));
	for (const [path] of replaced) if (required.get(path) === 'v0.0.0') required.set(path, staging);
	for (const module of component.modules) required.set(...(module.split('@') as [string, string]));
	return [
		`module kubestrap.dev/lab/${component.name.replace(/-v.*$/, '')}`,
		`go ${own.Go}`,
		`require (\n${[...required].map(([path, version]) => `\t${path} ${version}`).join('\n')}\n)`,
		`replace (\n${[...replaced].map(([from, to]) => `\t${from} => ${to}`).join('\n')}\n)`,
	].join('\n\n');
}

for (const name of argv.slice(2)) {
	const row = component(name);
	const folder = join(import.meta.dirname, 'modules', name);
	tell(`pinning ${name}`);
	mkdirSync(folder, {recursive: true});
	writeFileSync(join(folder, 'go.mod'), `${await goMod(row)}\n`);
	writeFileSync(join(folder, 'go.sum'), '');
	const tags = row.tags === undefined ? [] : [`-tags=${row.tags.join(',')}`];
	const cgo = {CGO_ENABLED: row.cgo === undefined ? '0' : '1'};
	await run(['go', 'list', '-deps', ...tags, ...Object.values(row.binaries)], {cwd: folder, env: {...build, ...cgo}});
}
