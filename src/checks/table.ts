/** All preflight checks, in the order in which they are reported. */
import {fleetChecks} from './fleet.ts';
import {leftoverChecks} from './leftovers.ts';
import {machineChecks} from './machine.ts';
import {networkChecks} from './network.ts';
import type {Check, Probe} from './row.ts';
import {runtimeChecks} from './runtime.ts';
import {systemChecks} from './system.ts';

export const checks: readonly Check[] = [
	...machineChecks,
	...systemChecks,
	...networkChecks,
	...leftoverChecks,
	...runtimeChecks,
	...fleetChecks,
];

/** Every look that a check needs, once. */
export const probes: readonly Probe[] = [...new Set(checks.flatMap((check) => check.probes ?? []))];
