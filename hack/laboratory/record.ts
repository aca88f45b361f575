/** What is written down about a lab, so that any later command finds its parts again, also after a crash. */
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Role} from '../../src/model.ts';
import {state} from './places.ts';
import type {Process} from './processes.ts';

/** `nspawn`: a container, on the kernel of this machine. `uml`: User-mode Linux, with a kernel and a disk of its own; `uml-nat`: the same, with NAT. */
export const kindNames = ['nspawn', 'uml', 'uml-nat'] as const;
export type Kind = (typeof kindNames)[number];

export type NodeRecord = {
	readonly name: string;
	readonly role: Role;
	/** Absent: nspawn. */
	readonly kind?: Kind;
	readonly address: string;
	/** OpenSSH fingerprint of its ed25519 host key. */
	readonly hostKey: string;
};

export type LabRecord = {
	readonly name: string;
	/** Which of the address blocks is ours: 10.213.INDEX.0/24. */
	readonly index: number;
	readonly kubernetesVersion: string;
	/** Nodes get a default route into the fence, where their packets are counted and dropped. */
	readonly defaultRoute: boolean;
	readonly nodes: readonly NodeRecord[];
	readonly mirror?: Process;
	readonly registry?: Process;
	/** A second registry, laid out as aliyun's. */
	readonly aliyun?: Process;
	/** What runs each node, by its name: nspawn, or the node's kernel. */
	readonly machines: Readonly<Record<string, Process>>;
};

export const folderOf = (lab: string) => join(state, lab);
export const fileOf = (lab: string) => join(folderOf(lab), 'lab.json');

export function readRecord(lab: string): LabRecord | undefined {
	return existsSync(fileOf(lab)) ? JSON.parse(readFileSync(fileOf(lab), 'utf8')) : undefined;
}

export function writeRecord(record: LabRecord): LabRecord {
	mkdirSync(folderOf(record.name), {recursive: true, mode: 0o700});
	const part = `${fileOf(record.name)}.part`;
	writeFileSync(part, `${JSON.stringify(record, undefined, '\t')}\n`, {mode: 0o600});
	renameSync(part, fileOf(record.name));
	return record;
}

/** Every lab that this machine has a record of. */
export function records(): readonly LabRecord[] {
	if (!existsSync(state)) return [];
	return readdirSync(state).flatMap((name) => readRecord(name) ?? []);
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');

/** Names and addresses that follow from a lab's index. */
export function plan({index}: Pick<LabRecord, 'index'>) {
	const block = `10.213.${index}`;
	return {
		bridge: `kslab${index}`,
		subnet: `${block}.0/24`,
		/** The lab's own address: mirror and registry listen here. */
		host: `${block}.1`,
		broadcast: `${block}.255`,
		binaries: `http://${block}.1:8080`,
		images: `http://${block}.1:5000`,
		aliyun: `http://${block}.1:5001`,
		table: `kubestrap_lab_${index}`,
		node: (position: number) => ({
			address: `${block}.${11 + position}`,
			/** Fixed, so that a node that starts afresh is not looked for at its old one. */
			mac: ['02', '4b', '53', '00', hex(index), hex(position)].join(':'),
			/** This machine's end of its line: a veth, or a tap. */
			line: `kslab${index}n${position}`,
			namespace: `kubestrap-lab${index}-${position}`,
		}),
	};
}
