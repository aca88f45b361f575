/** The kernel of User-mode Linux nodes and its modules: Debian's newest, the older ones end on new processors. Fetched once per machine. */
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run, tell} from './command.ts';
import {debianTree} from './debian.ts';
import {packages} from './packages.ts';
import {rootfsCache} from './places.ts';

// sid stands still for weeks now and then, and its index then counts as expired. It is signed all the same.
const fetch = ['--aptopt=Acquire::Check-Valid-Until "false"', '--variant=extract', '--include=user-mode-linux,libc6', 'sid'];

const name = `uml-kernel-${createHash('sha256')
	.update(JSON.stringify([fetch, make.toString()]))
	.digest('hex')
	.slice(0, 12)}`;
const libraries = 'lib';

/** The program needs sid's C library; a copy of the pair is told to find each other. */
async function make(part: string): Promise<void> {
	tell('fetching the kernel of User-mode Linux (once per machine, 15 s) …');
	await packages(['mmdebstrap', 'patchelf', 'binutils']);
	const tree = `${part}.tree`;
	rmSync(tree, {recursive: true, force: true});
	// Whole, because the configuration is among the documentation.
	await run(['mmdebstrap', '--quiet', ...fetch, tree]);
	mkdirSync(join(part, libraries), {recursive: true});
	const from = join(tree, 'usr/lib/x86_64-linux-gnu');
	await run(['cp', '-L', join(from, 'ld-linux-x86-64.so.2'), join(from, 'libc.so.6'), join(part, libraries)]);
	renameSync(join(tree, 'usr/bin/linux.uml'), join(part, 'linux'));
	renameSync(join(tree, 'usr/lib/uml/modules'), join(part, 'modules'));
	const config = await run(['gzip', '-dc', join(tree, 'usr/share/doc/user-mode-linux/config.gz')]);
	writeFileSync(join(part, 'config'), config.stdout);
	// The folder that it will be renamed to.
	const final = join(rootfsCache, name, libraries);
	await run(['patchelf', '--set-interpreter', join(final, 'ld-linux-x86-64.so.2'), '--set-rpath', final, join(part, 'linux')]);
	// A fifth is left, and every node has its copy.
	await run(['find', join(part, 'modules'), '-name', '*.ko', '-exec', 'strip', '--strip-debug', '{}', '+']);
	rmSync(tree, {recursive: true, force: true});
}

export type UmlKernel = {
	readonly program: string;
	/** What goes to /usr/lib/modules. */
	readonly modules: string;
	/** Its configuration, which kernels of distributions have in /boot. */
	readonly config: string;
	/** As `uname -r` says it. */
	readonly release: string;
};

export async function umlKernel(): Promise<UmlKernel> {
	const folder = await debianTree(name, make);
	const modules = join(folder, 'modules');
	const [release = ''] = readdirSync(modules);
	return {program: join(folder, 'linux'), config: join(folder, 'config'), modules, release};
}
