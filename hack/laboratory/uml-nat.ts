/**
 * NAT for User-mode Linux: the modules that Debian's kernel leaves out, built from Debian's source of the same series. A worker on them is a whole one.
 * Neither modversions nor signatures stand between them and a kernel that another compiler has built; the version must be the kernel's own.
 */
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {run, tell} from './command.ts';
import {debianTree} from './debian.ts';
import {packages} from './packages.ts';
import {type UmlKernel, umlKernel} from './uml-kernel.ts';

const options = {
	NF_TABLES_INET: 'y',
	NF_TABLES_IPV4: 'y',
	NF_TABLES_IPV6: 'y',
	NFT_NAT: 'm',
	NFT_FIB_IPV4: 'm',
	NFT_FIB_IPV6: 'm',
	NFT_FIB_INET: 'm',
	NFT_REJECT_INET: 'm',
};

/** Those that are new, and those that the options change. */
const modules =
	'nf_tables nft_nat nft_chain_nat nft_masq nft_redir nft_compat nf_nat nft_fib nft_fib_inet nft_reject nft_reject_inet'
		.split(' ')
		.map((name) => `net/netfilter/${name}.ko`);
const families = [4, 6].flatMap((version) =>
	['nft_fib', 'nft_reject'].map((name) => `net/ipv${version}/netfilter/${name}_ipv${version}.ko`),
);
const wanted = [...modules, ...families];

/** Folders of the source whose programs no part of the network is made of. Their Kconfig files are read all the same. */
const leftOut = [
	'drivers/*.[ch]',
	'sound/*.[ch]',
	'fs/*.c',
	'Documentation/*.rst',
	'tools/testing/*',
	'tools/perf/*',
	'arch/*/boot/dts/*.dts*',
];

async function build(part: string, {config, release}: UmlKernel): Promise<void> {
	tell('building NAT for User-mode Linux (once per machine, two minutes) …');
	await packages(['mmdebstrap', 'gcc', 'libc6-dev', 'make', 'flex', 'bison', 'bc', 'xz-utils', 'binutils']);
	const [major = '', minor = '', sub = ''] = release.split('.');
	const work = `${part}.source`;
	rmSync(work, {recursive: true, force: true});
	const tree = join(work, 'debian');
	mkdirSync(work, {recursive: true});
	const source = `linux-source-${major}.${minor}`;
	const check = '--aptopt=Acquire::Check-Valid-Until "false"';
	await run(['mmdebstrap', '--quiet', check, '--variant=extract', `--include=${source}`, 'sid', tree]);
	const unpacked = join(work, 'linux');
	mkdirSync(unpacked);
	const exclude = leftOut.map((pattern) => `--exclude=${source}/${pattern}`);
	await run(['tar', '-C', unpacked, '--strip-components=1', ...exclude, '-xf', join(tree, 'usr/src', `${source}.tar.xz`)]);
	const makefile = join(unpacked, 'Makefile');
	writeFileSync(makefile, readFileSync(makefile, 'utf8').replace(/^SUBLEVEL = .*$/m, `SUBLEVEL = ${sub}`));
	// The last word on an option counts.
	const more = Object.entries(options).map(([name, value]) => `CONFIG_${name}=${value}\n`);
	writeFileSync(join(unpacked, '.config'), readFileSync(config, 'utf8') + more.join(''));
	const make = (...args: string[]) => run(['make', 'ARCH=um', '-j2', ...args], {cwd: unpacked});
	await make('olddefconfig');
	await make('modules_prepare');
	// What the kernel exports is not known without building it, and is looked up when a module is loaded.
	await make('KBUILD_MODPOST_WARN=1', ...wanted);
	mkdirSync(part);
	for (const path of wanted) copyFileSync(join(unpacked, path), join(part, basename(path)));
	await run(['sh', '-c', 'strip --strip-debug "$1"/*.ko', 'sh', part]);
	rmSync(work, {recursive: true, force: true});
}

/** The folder with the modules; belongs into a tree as /usr/lib/modules/RELEASE/updates. */
export async function natModules(): Promise<string> {
	const kernel = await umlKernel();
	const key = createHash('sha256').update(JSON.stringify([kernel.program, options, wanted, leftOut, build.toString()]));
	return debianTree(`uml-nat-${kernel.release}-${key.digest('hex').slice(0, 12)}`, (part) => build(part, kernel));
}
