/** What a node can be made of: one row per kind. */
import {nspawn} from './nspawn.ts';
import type {Process} from './processes.ts';
import type {Kind, LabRecord, NodeRecord} from './record.ts';
import {uml, umlNat} from './uml.ts';

export type Machine = {
	/** Makes or fetches what every node of the kind needs, once per machine. */
	prepare(): Promise<unknown>;
	/** A fresh Debian on a fresh disk. */
	layDown(lab: LabRecord, node: NodeRecord): Promise<void>;
	/** The node's line to the lab's bridge. */
	openLine(lab: LabRecord, position: number): Promise<void>;
	/** Starts it in those cgroups, from the disk that is there. Its console goes to the node's log, which is empty by then. */
	start(lab: LabRecord, node: NodeRecord, position: number, cgroups: readonly string[]): Promise<Process>;
	/** Whether it has said that everything of it has started. */
	hasBooted(lab: string, node: string): boolean;
};

const kinds: Readonly<Record<Kind, Machine>> = {nspawn, uml, 'uml-nat': umlNat};

export const machineOf = ({kind}: NodeRecord): Machine => kinds[kind ?? 'nspawn'];
