/** What a machine is: parsers of the short answers. Each throws when the answer is none it knows. */
import {printable} from '../checks/printable.ts';
import type {Facts} from '../model.ts';

type Os = Facts['os'];

/** The fields of os-release that we use. The file is read as data: nothing in it is ever executed. */
export function readOs(text: string): Os {
	const values = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [, name, raw] = /^\s*([A-Z_]+)=(.*)$/.exec(line) ?? [];
		if (name !== undefined && raw !== undefined) values.set(name, unquoted(raw.trim()));
	}
	const id = (values.get('ID') ?? 'linux').toLowerCase();
	return {
		id,
		idLike: (values.get('ID_LIKE') ?? '').toLowerCase().split(/\s+/).filter(Boolean),
		versionId: values.get('VERSION_ID') ?? '',
		pretty: printable(values.get('PRETTY_NAME') ?? id),
		...(values.get('VERSION_CODENAME') ? {codename: values.get('VERSION_CODENAME')!.toLowerCase()} : {}),
	};
}

const unquoted = (raw: string) => (/^(['"])(.*)\1$/.exec(raw)?.[2] ?? raw).replace(/\\(["'$`\\])/g, '$1');

/** `uname -sm`. Throws for machines that Kubernetes has no binaries for here. */
export function readArch(text: string): Facts['arch'] {
	const [system, machine = ''] = text.trim().split(/\s+/);
	if (system !== 'Linux') throw new Error(`the operating system is ${printable(system ?? '', 40)}, not Linux`);
	if (machine === 'x86_64') return 'amd64';
	if (machine === 'aarch64' || machine === 'arm64') return 'arm64';
	throw new Error(`the architecture ${printable(machine, 40)} is neither amd64 nor arm64`);
}

/** File system type of /sys/fs/cgroup; a tmpfs with a memory hierarchy under it is v1 (as system-validators decides it). */
export function readCgroup(type: string, hasMemoryHierarchy: boolean): Facts['cgroup'] {
	return type.trim() === 'cgroup2fs' || !hasMemoryHierarchy ? 'v2' : 'v1';
}

/** CAP_SYS_RESOURCE (bit 24) in the bounding set: what no process of the machine can get back once it is gone. */
export function hasSysResource(status: string): boolean {
	const mask = /^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1];
	if (mask === undefined) throw new Error('/proc/self/status has no CapBnd');
	return ((BigInt(`0x${mask}`) >> 24n) & 1n) === 1n;
}

/** Devices and files of /proc/swaps. */
export function readSwaps(text: string): string[] {
	return text
		.split('\n')
		.slice(1)
		.map((line) => line.split(/\s+/)[0] ?? '')
		.filter(Boolean);
}

/** The number in a short answer. */
export function readNumber(text: string, what: string): number {
	if (!/^\d{1,20}$/.test(text.trim())) throw new Error(`${what} is no number: ${printable(text, 60)}`);
	return Number(text.trim());
}
