/** kubeadm's ClusterConfiguration v1beta4 (contract §8.4): what the whole cluster shares. */
import * as z from 'zod';
import * as g from './grammar.ts';

export const kubeadmVersion = 'kubeadm.k8s.io/v1beta4';

const arg = z.strictObject({name: g.argName, value: g.line});
const envVar = z.strictObject({name: g.envName, value: z.string().optional(), valueFrom: z.looseObject({}).optional()});
const volume = z.strictObject({
	name: g.clusterName,
	hostPath: g.mountPath,
	mountPath: g.mountPath,
	readOnly: z.boolean().optional(),
	pathType: z
		.enum(['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice'])
		.optional(),
});

const component = {
	extraArgs: z.array(arg).optional(),
	extraVolumes: z.array(volume).optional(),
	extraEnvs: z.array(envVar).optional(),
};
const etcdLocal = z.strictObject({
	dataDir: g.nodeFolder.optional().meta({default: '/var/lib/etcd'}),
	imageRepository: g.imageRepository.optional(),
	imageTag: g.imageTag.optional(),
	extraArgs: component.extraArgs,
	extraEnvs: component.extraEnvs,
	serverCertSANs: z.array(g.subjectName).optional(),
	peerCertSANs: z.array(g.subjectName).optional(),
});
const etcdExternal = z.strictObject({
	endpoints: z.array(g.etcdUrl).min(1, {error: 'must name at least one endpoint'}),
	httpEndpoints: z.array(g.etcdUrl).optional(),
	caFile: g.nodePath.or(z.literal('')).optional(),
	certFile: g.nodePath.or(z.literal('')).optional(),
	keyFile: g.nodePath.or(z.literal('')).optional(),
});

export const clusterConfiguration = z.strictObject({
	apiVersion: z.literal(kubeadmVersion),
	kind: z.literal('ClusterConfiguration'),
	etcd: z.strictObject({local: etcdLocal.optional(), external: etcdExternal.optional()}).optional(),
	networking: z
		.strictObject({serviceSubnet: g.subnets.optional(), podSubnet: g.subnets.optional(), dnsDomain: g.dnsDomain.optional()})
		.optional(),
	kubernetesVersion: g.version.optional(),
	controlPlaneEndpoint: g.endpoint.optional(),
	apiServer: z.strictObject({...component, certSANs: z.array(g.subjectName).optional()}).optional(),
	controllerManager: z.strictObject(component).optional(),
	scheduler: z.strictObject(component).optional(),
	dns: z
		.strictObject({
			imageRepository: g.imageRepository.optional(),
			imageTag: g.imageTag.optional(),
			disabled: z.boolean().optional(),
		})
		.optional(),
	proxy: z.strictObject({disabled: z.boolean().optional()}).optional(),
	certificatesDir: g.nodeFolder.optional(),
	imageRepository: g.imageRepository.optional(),
	featureGates: z.record(z.string(), z.boolean()).optional(),
	clusterName: g.clusterName.optional(),
	encryptionAlgorithm: z.enum(['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384']).optional(),
	certificateValidityPeriod: g.validity.optional(),
	caCertificateValidityPeriod: g.validity.optional(),
});

export type ClusterConfigurationDocument = z.infer<typeof clusterConfiguration>;
