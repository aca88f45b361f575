import type {Scope} from '../model.ts';
import {certificateFolders} from './host-folders.ts';
import {startupFailures} from './probes.ts';

/** What the templates of API server, controller manager and scheduler have in common. */
export function componentData({cluster, site}: Scope): object {
	const {networking, certificatesDir, clusterName} = cluster.configuration;
	return {
		certs: certificatesDir,
		serviceSubnet: networking.serviceSubnet,
		podSubnet: networking.podSubnet ?? '',
		dnsDomain: networking.dnsDomain,
		clusterName,
		startupFailures: startupFailures(cluster),
		hostFolders: certificateFolders(site),
	};
}
