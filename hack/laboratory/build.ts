/** Builds components from their pinned Go modules, once per machine and pin, where no release can be had; two labs may ask at the same time. */
import {createHash} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync} from 'node:fs';
import {join, relative} from 'node:path';
import {pid} from 'node:process';
import {run, tell} from './command.ts';
import {type Component, component} from './components.ts';
import {underLock} from './lock.ts';
import {packages} from './packages.ts';
import {componentsCache, modules} from './places.ts';
import {takeReleases} from './upstream.ts';

/** What a build depends on: the pins, and the flags of the row. */
function pinOf(row: Component): string {
	const hash = createHash('sha256');
	for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(modules, row.name, file)));
	hash.update(JSON.stringify([row.binaries, row.tags, row.set, row.cgo !== undefined]));
	return hash.digest('hex').slice(0, 12);
}

/** `-trimpath` and no VCS stamp: the same pins give the same bytes, on any machine. */
function goBuild(row: Component, binary: string, output: string): string[] {
	const flags = ['-s', '-w', ...Object.entries(row.set ?? {}).map(([variable, value]) => `-X ${variable}=${value}`)];
	if (row.cgo !== undefined) flags.push('-linkmode external -extldflags -static');
	const tags = row.tags === undefined ? [] : ['-tags', row.tags.join(',')];
	return ['go', 'build', ...tags, '-ldflags', flags.join(' '), '-o', output, row.binaries[binary] ?? ''];
}

// Held by the kernel for as long as the build runs: a killed one leaves no lock behind.
const once = 'out=$1 lock=$2; shift 2; exec 9>"$lock"; flock 9; test -e "$out" || { "$@" && mv "$out.part" "$out"; }';

async function ensureBinary(row: Component, folder: string, binary: string): Promise<void> {
	const output = join(folder, 'bin', binary);
	if (!existsSync(output)) {
		if (row.cgo !== undefined) await packages(row.cgo.packages);
		const begin = Date.now();
		tell(`  compiling ${row.name} ${binary} …`);
		const argv = ['sh', '-c', once, 'sh', output, join(folder, 'lock'), ...goBuild(row, binary, `${output}.part`)];
		await run(argv, {
			cwd: join(folder, 'module'),
			env: {
				CGO_ENABLED: row.cgo === undefined ? '0' : '1',
				GOFLAGS: '-mod=readonly -trimpath -buildvcs=false',
				GOTOOLCHAIN: 'local',
				GOWORK: 'off',
			},
		});
		tell(`  compiled  ${row.name} ${binary} (${Math.round((Date.now() - begin) / 1000)} s)`);
	}
	link(output, join(componentsCache, 'bin', `${binary}-${row.version}`));
}

/** A stable name for what is cached under a name with a hash. */
function link(target: string, path: string): void {
	mkdirSync(join(path, '..'), {recursive: true});
	const part = `${path}.${pid}.part`;
	symlinkSync(relative(join(path, '..'), target), part);
	renameSync(part, path);
}

/** Makes sure that the named binaries of a component exist (all of them by default); answers the folder they are in. */
export async function build(name: string, wanted = binaryNames(name)): Promise<string> {
	const row = component(name);
	const folder = join(componentsCache, `${name}-${pinOf(row)}`);
	const bin = join(folder, 'bin');
	const missing = () => wanted.filter((binary) => !existsSync(join(bin, binary)));
	if (missing().length > 0) {
		await underLock(join(folder, 'release.lock'), async () => {
			mkdirSync(bin, {recursive: true});
			cpSync(join(modules, name), join(folder, 'module'), {recursive: true});
			await takeReleases(row, missing(), bin);
		});
	}
	for (const binary of wanted) await ensureBinary(row, folder, binary);
	return bin;
}

export function binaryNames(name: string): readonly string[] {
	return Object.keys(component(name).binaries);
}
