import {componentData} from '../contract/component-data.ts';
import {isExternalCa} from '../contract/external-ca.ts';
import {bindAddress, probeHost} from '../contract/probes.ts';
import {staticPod} from '../contract/static-pod.ts';
import type {Phase, Scope} from '../model.ts';
import {imagesFor} from '../versions.ts';

/**
 * The controller manager and the scheduler of each control plane, once its API server answers: started earlier, they take the processor from
 * it, are refused their lease because the rights are not there yet, and try again only 2 to 4 s later (measured; kubeadm starts all at once).
 */
export const controllers: Phase = {
	name: 'controllers',
	title: 'Write the static pods of the controller manager and the scheduler',
	on: 'control-plane',
	steps: (scope) => {
		const {controllerManager, scheduler} = scope.cluster.configuration;
		const common = componentData(scope);
		return [
			staticPod(
				'kube-controller-manager',
				{...common, ...controllerManagerData(scope)},
				controllerManager,
				scope.cluster.patches,
			),
			staticPod('kube-scheduler', {...common, ...schedulerData(scope)}, scheduler, scope.cluster.patches),
		];
	},
};

/** Without the CA's key nobody can sign here, and the controller manager is told so by empty file names. */
function controllerManagerData(scope: Scope): object {
	const {certificatesDir, controllerManager} = scope.cluster.configuration;
	const external = isExternalCa(scope);
	return {
		image: imagesFor(scope.cluster).controllerManager,
		signing: external ? {certificate: '', key: ''} : {certificate: `${certificatesDir}/ca.crt`, key: `${certificatesDir}/ca.key`},
		probe: {host: probeHost(bindAddress(controllerManager.extraArgs))},
	};
}

function schedulerData({cluster}: Scope): object {
	const {scheduler} = cluster.configuration;
	return {image: imagesFor(cluster).scheduler, probe: {host: probeHost(bindAddress(scheduler.extraArgs))}};
}
