/** What a cluster cannot change any more once it lives: `init` makes what is missing, it does not upgrade or move. */
import {lastValue} from '../contract/arguments.ts';
import type {Arg, Cluster} from '../model.ts';
import type {Check} from './row.ts';

type Row = {
	/** The file that says what holds now. */
	readonly path: string;
	/** Its one group is the value that holds. */
	readonly says: RegExp;
	readonly what: string;
	/** What the config asks for; undefined: nothing that could differ. */
	readonly asks: (configuration: Cluster['configuration'], cluster: Cluster) => string | undefined;
	readonly why: string;
};

const flag = (name: string) => new RegExp(`^\\s*- "?--${name}=([^"\\n]*)"?$`, 'm');
const asked = (args: readonly Arg[] | undefined, name: string, usual: string | undefined) => lastValue(args, name) ?? usual;

const rows: readonly Row[] = [
	{
		path: '/etc/kubernetes/manifests/kube-apiserver.yaml',
		says: /^\s*image: "?\S*:(v\d+\.\d+\.\d+)"?$/m,
		what: 'kubernetesVersion',
		asks: ({kubernetesVersion}) => kubernetesVersion,
		why: 'init does not change the version of a cluster',
	},
	{
		path: '/etc/kubernetes/manifests/kube-apiserver.yaml',
		says: flag('service-cluster-ip-range'),
		what: 'serviceSubnet',
		asks: ({apiServer, networking}) => asked(apiServer.extraArgs, 'service-cluster-ip-range', networking.serviceSubnet),
		why: 'its Services have their addresses already',
	},
	{
		path: '/etc/kubernetes/manifests/kube-controller-manager.yaml',
		says: flag('cluster-cidr'),
		what: 'podSubnet',
		asks: ({controllerManager, networking}) => asked(controllerManager.extraArgs, 'cluster-cidr', networking.podSubnet),
		why: 'its nodes have their addresses for pods already',
	},
	{
		path: '/etc/kubernetes/manifests/etcd.yaml',
		says: flag('data-dir'),
		what: 'etcd.local.dataDir',
		asks: ({etcd}) => ('local' in etcd ? asked(etcd.local.extraArgs, 'data-dir', etcd.local.dataDir) : undefined),
		why: 'in another folder etcd would begin with nothing',
	},
	{
		path: '/etc/kubernetes/manifests/kube-apiserver.yaml',
		says: /^\s*- "?--client-ca-file=(.*)\/ca\.crt"?$/m,
		what: 'certificatesDir',
		asks: ({apiServer, certificatesDir}) =>
			lastValue(apiServer.extraArgs, 'client-ca-file') === undefined ? certificatesDir : undefined,
		why: 'its authorities lie there, and another folder would get others',
	},
	{
		path: '/var/lib/kubelet/config.yaml',
		says: /^clusterDomain: "?([^"\n]*)"?$/m,
		what: 'dnsDomain',
		asks: ({networking}, {kubelet, patches}) =>
			kubelet.clusterDomain === undefined && patches.length === 0 ? networking.dnsDomain : undefined,
		why: 'names and certificates of its Services have that domain',
	},
];

export const livingChecks: readonly Check[] = [
	{
		name: 'ClusterChanged',
		from: 'kubestrap',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		judge: ({cluster, site}) =>
			rows.flatMap(({path, says, what, asks, why}) => {
				const holds = says.exec(site.facts.files[path]?.text ?? '')?.[1];
				const wanted = asks(cluster.configuration, cluster);
				if (holds === undefined || wanted === undefined || holds === wanted) return [];
				return [
					{
						evidence: `${what} is ${wanted} in the config, but ${holds} in ${path}: ${why}`,
						remedy: `write ${what}: ${holds} into the config`,
					},
				];
			}),
	},
];
