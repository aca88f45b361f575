/** All preflight checks, in the order in which they are reported. */
import {addressChecks} from './addresses.ts';
import {aptChecks} from './apt.ts';
import {betweenChecks} from './between.ts';
import {capableChecks} from './capable.ts';
import {diskChecks} from './disks.ts';
import {fleetChecks} from './fleet.ts';
import {joiningChecks} from './joining.ts';
import {kernelChecks} from './kernel.ts';
import {leftoverChecks} from './leftovers.ts';
import {linkChecks} from './links.ts';
import {livingChecks} from './living.ts';
import {machineChecks} from './machine.ts';
import {memberChecks} from './members.ts';
import {mountChecks} from './mounts.ts';
import {networkChecks} from './network.ts';
import {nextBootChecks} from './next-boot.ts';
import {nodeProxyChecks} from './node-proxy.ts';
import {packageChecks} from './packages.ts';
import {placeChecks} from './places.ts';
import {portChecks} from './ports.ts';
import {refusalChecks} from './refusals.ts';
import {resolverChecks} from './resolver.ts';
import type {Check, Probe} from './row.ts';
import {runtimeChecks} from './runtime.ts';
import {serviceProxyChecks} from './service-proxy.ts';
import {strangerChecks} from './strangers.ts';
import {systemChecks} from './system.ts';

export const checks: readonly Check[] = [
	...machineChecks,
	...diskChecks,
	...mountChecks,
	...systemChecks,
	...kernelChecks,
	...nextBootChecks,
	...capableChecks,
	...portChecks,
	...nodeProxyChecks,
	...networkChecks,
	...serviceProxyChecks,
	...addressChecks,
	...resolverChecks,
	...linkChecks,
	...packageChecks,
	...aptChecks,
	...strangerChecks,
	...leftoverChecks,
	...refusalChecks,
	...livingChecks,
	...joiningChecks,
	...memberChecks,
	...runtimeChecks,
	...fleetChecks,
	...betweenChecks,
	...placeChecks,
];

/** Every look that a check needs, once. */
export const probes: readonly Probe[] = [...new Set(checks.flatMap((check) => check.probes ?? []))];
