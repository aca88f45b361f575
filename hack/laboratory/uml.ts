/** A node with a kernel of its own: User-mode Linux, whose disk is a file and whose line is a tap on the lab's bridge. */
import {mkdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {run} from './command.ts';
import type {Machine} from './kinds.ts';
import {consoleOf, layTree, nodeFolder} from './personal.ts';
import {start} from './processes.ts';
import {type LabRecord, type NodeRecord, plan} from './record.ts';
import {umlKernel} from './uml-kernel.ts';
import {natModules} from './uml-nat.ts';
import {bootedWord, umlRootfs} from './uml-rootfs.ts';

/** Sparse: it takes what is written to it. */
const diskSize = '20G';
const memory = '2048M';

const diskOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'disk.img');
/** A second disk, empty: for swap, or whatever a test puts there. */
const spareOf = (lab: string, node: string) => join(nodeFolder(lab, node), 'spare.img');

/** Commands of `ip -batch` for the node's own end of the line. */
function networkOf(lab: LabRecord, address: string): string {
	const route = lab.defaultRoute ? [`route add default via ${plan(lab).host} dev eth0`] : [];
	return ['link set lo up', 'link set vec0 name eth0', `addr add ${address}/24 dev eth0`, 'link set eth0 up', ...route, ''].join(
		'\n',
	);
}

/** Into the cgroups, and become the kernel. */
const enter = `while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done
shift
exec "$@"`;

function argvOf(lab: LabRecord, node: NodeRecord, position: number, program: string): string[] {
	const folder = nodeFolder(lab.name, node.name);
	const {line, mac} = plan(lab).node(position);
	return [
		program,
		'umid=kernel',
		`uml_dir=${folder}/`,
		`mem=${memory}`,
		`ubd0=${diskOf(lab.name, node.name)}`,
		`ubd1=${spareOf(lab.name, node.name)}`,
		'root=/dev/ubda',
		'rw',
		`vec0:transport=tap,ifname=${line},depth=128,gro=1,mac=${mac}`,
		'con=null',
		'con0=null,fd:1',
		// Hundreds of devices that nobody opens, and udev would look at each.
		'pty.legacy_count=0',
		// The files of this machine are out of its reach, and what restarts it is the lab: a line is lost when the kernel does it.
		`hostfs=${folder}/nothing`,
		'noreboot',
	];
}

const machine = (rootfs: () => Promise<string>): Machine => ({
	prepare: rootfs,
	async layDown(lab, node) {
		const [disk, spare] = [diskOf, spareOf].map((file) => file(lab.name, node.name)) as [string, string];
		const tree = await layTree(lab, node, await rootfs(), {'etc/lab-network': networkOf(lab, node.address)});
		for (const file of [disk, spare]) rmSync(file, {force: true});
		await run(['truncate', '-s', diskSize, disk]);
		await run(['truncate', '-s', '256M', spare]);
		await run(['mkfs.ext4', '-q', '-F', '-d', tree, disk]);
		await run(['rm', '-rf', '--one-file-system', tree]);
	},
	async openLine(lab, position) {
		const {line} = plan(lab).node(position);
		await run(['ip', 'tuntap', 'add', 'mode', 'tap', 'name', line]);
		await run(['ip', 'link', 'set', line, 'master', plan(lab).bridge, 'up']);
	},
	async start(lab, node, position, cgroups) {
		const {program} = await umlKernel();
		mkdirSync(join(nodeFolder(lab.name, node.name), 'nothing'), {recursive: true});
		const argv = ['sh', '-c', enter, 'sh', ...cgroups, '--', ...argvOf(lab, node, position, program)];
		// Its memory is a file there.
		return start(argv, consoleOf(lab.name, node.name), {TMPDIR: '/dev/shm'});
	},
	hasBooted: (lab, node) => readFileSync(consoleOf(lab, node), 'utf8').includes(bootedWord),
});

/** Debian's kernel as it is: it cannot translate addresses. */
export const uml = machine(() => umlRootfs());
/** The same with the modules that it lacks: a whole worker. */
export const umlNat = machine(async () => umlRootfs(await natModules()));
