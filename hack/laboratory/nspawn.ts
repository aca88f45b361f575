/** A node as a container: systemd-nspawn in its own cgroups and network namespace, on the kernel of this machine. */
import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {run} from './command.ts';
import type {Machine} from './kinds.ts';
import {consoleOf, layTree, treeOf} from './personal.ts';
import {start} from './processes.ts';
import {type LabRecord, type NodeRecord, plan} from './record.ts';
import {rootfs} from './rootfs.ts';

/** Written by the node's unit lab-ready once everything has started. */
const readyFile = (lab: string, node: string) => join(treeOf(lab, node), 'var/tmp/lab-booted');

/** Mount namespace of its own, so that nspawn's place for tmpfs leaves nothing on the host; then into the cgroups, and become nspawn. */
const enter = `mount -t tmpfs tmpfs /run/systemd/nspawn || exit 1
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done
shift
exec "$@"`;

function argvOf(lab: LabRecord, node: NodeRecord, position: number): string[] {
	return [
		'systemd-nspawn',
		'--quiet',
		`--directory=${treeOf(lab.name, node.name)}`,
		'--boot',
		'--register=no',
		'--keep-unit',
		`--network-namespace-path=/run/netns/${plan(lab).node(position).namespace}`,
		'--capability=all',
		'--system-call-filter=@keyring bpf perf_event_open',
		'--bind=/dev/kmsg',
		'--resolv-conf=off',
		'--timezone=off',
		'--link-journal=no',
		`--machine=${lab.name}-${node.name}`,
		`--hostname=${node.name}`,
		'--console=pipe',
	];
}

export const nspawn: Machine = {
	prepare: rootfs,
	async layDown(lab, node) {
		await layTree(lab, node, await rootfs());
	},
	/** A node's namespace with its end of the line, `eth0`. */
	async openLine(lab, position) {
		const names = plan(lab);
		const {address, mac, line, namespace} = names.node(position);
		await run(['ip', 'netns', 'add', namespace]);
		await run(['ip', 'link', 'add', line, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
		await run(['ip', 'link', 'set', line, 'master', names.bridge, 'up']);
		const route = lab.defaultRoute ? [`route add default via ${names.host}`] : [];
		const batch = [
			'link set lo up',
			`link set eth0 address ${mac}`,
			`addr add ${address}/24 dev eth0`,
			'link set eth0 up',
			...route,
		];
		await run(['ip', '-n', namespace, '-batch', '-'], {stdin: `${batch.join('\n')}\n`});
	},
	async start(lab, node, position, cgroups) {
		mkdirSync('/run/systemd/nspawn', {recursive: true});
		rmSync(readyFile(lab.name, node.name), {force: true});
		const argv = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', ...cgroups, '--'];
		const env = {SYSTEMD_NSPAWN_API_VFS_WRITABLE: '1'};
		return start([...argv, ...argvOf(lab, node, position)], consoleOf(lab.name, node.name), env);
	},
	hasBooted: (lab, node) => existsSync(readyFile(lab, node)),
};
