/** The vocabulary of kubestrap: the central types, all of them plain frozen data. Imports nothing. */

// ---------------------------------------------------------------- what the operator asks for

export type Role = 'control-plane' | 'worker';

/**
 * How a machine is reached, as far as the operator said it here: what is absent comes from the ssh config (`routeTo`), then from defaults.
 * `hostKey` is an OpenSSH fingerprint (`SHA256:…`) or a public key line; it beats `knownHosts`.
 */
export type Access = {
	readonly user?: string;
	readonly port?: number;
	readonly identityFile?: string;
	readonly knownHosts?: string;
	readonly hostKey?: string;
	/** Bastions to go through, first hop first, each `[user@]host[:port]`. An empty list: none, whatever the ssh config says. */
	readonly jump?: readonly string[];
};

/** A declaration of an ssh config (ssh_config(5)) that kubestrap reads, in the order in which OpenSSH would meet it. */
export type SshLine = {
	/** Small letters. */
	readonly keyword: string;
	readonly args: readonly string[];
	/** The conditions it stands under, all of which must hold: pattern lists of `Host`, whose patterns may begin with `!`. */
	readonly hosts: readonly (readonly string[])[];
	readonly file: string;
	readonly line: number;
};

export type Taint = {
	readonly key: string;
	readonly value?: string;
	readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
};

/** One machine of the config file, every default filled in except what only the machine can tell. */
export type NodeSpec = {
	/** Lower-case Node name; absent until the survey has read the machine's hostname. */
	readonly name?: string;
	readonly role: Role;
	/** Where the operator connects to: a host name, an IP, or a `Host` of the ssh config. */
	readonly address: string;
	/** The address that other nodes use; absent: the survey takes the one on the route to the others. */
	readonly internalAddress?: string;
	/** `ssh` reaches the machine over the network, `local` is the machine that kubestrap runs on. */
	readonly via: 'ssh' | 'local';
	readonly access: Access;
	readonly labels: Readonly<Record<string, string>>;
	/** Absent: kubeadm's default for the role. An empty list: no taints. */
	readonly taints?: readonly Taint[];
};

export type Arg = {readonly name: string; readonly value: string};
export type HostPathMount = {
	readonly name: string;
	readonly hostPath: string;
	readonly mountPath: string;
	readonly readOnly?: boolean;
	readonly pathType?: string;
};
/** A core/v1 EnvVar as kubeadm's extraEnvs takes it. */
export type EnvVar = {readonly name: string; readonly value?: string; readonly valueFrom?: unknown};

export type ComponentConfig = {
	readonly extraArgs?: readonly Arg[];
	readonly extraVolumes?: readonly HostPathMount[];
	readonly extraEnvs?: readonly EnvVar[];
};

export type LocalEtcd = {
	readonly dataDir: string;
	readonly imageRepository?: string;
	readonly imageTag?: string;
	readonly extraArgs?: readonly Arg[];
	readonly extraEnvs?: readonly EnvVar[];
	readonly serverCertSANs?: readonly string[];
	readonly peerCertSANs?: readonly string[];
};
export type ExternalEtcd = {
	readonly endpoints: readonly string[];
	readonly httpEndpoints?: readonly string[];
	readonly caFile: string;
	readonly certFile: string;
	readonly keyFile: string;
};

export type KeyAlgorithm = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'ECDSA-P256' | 'ECDSA-P384';

/** kubeadm's ClusterConfiguration v1beta4 with all defaults filled in: what ends up in ConfigMap kubeadm-config. */
export type ClusterConfiguration = {
	readonly apiServer: ComponentConfig & {readonly certSANs?: readonly string[]};
	readonly controllerManager: ComponentConfig;
	readonly scheduler: ComponentConfig;
	readonly etcd: {readonly local: LocalEtcd} | {readonly external: ExternalEtcd};
	readonly dns: {readonly imageRepository?: string; readonly imageTag?: string; readonly disabled?: boolean};
	readonly proxy: {readonly disabled?: boolean};
	readonly networking: {readonly serviceSubnet: string; readonly podSubnet?: string; readonly dnsDomain: string};
	readonly kubernetesVersion: string;
	/** `host:port`, as kubeadm stores it. */
	readonly controlPlaneEndpoint?: string;
	readonly certificatesDir: string;
	readonly imageRepository: string;
	readonly featureGates?: Readonly<Record<string, boolean>>;
	readonly clusterName: string;
	readonly encryptionAlgorithm: KeyAlgorithm;
	/** Go durations, for example `8760h0m0s`. */
	readonly certificateValidityPeriod: string;
	readonly caCertificateValidityPeriod: string;
};

/** kubeadm's nodeRegistration and what goes with it (from InitConfiguration, and JoinConfiguration for joiners). */
export type Registration = {
	readonly criSocket: string;
	readonly taints?: readonly Taint[];
	readonly kubeletExtraArgs: readonly Arg[];
	readonly ignorePreflightErrors: readonly string[];
	readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
	readonly imagePullSerial: boolean;
};

/** Where artifacts come from. URLs have no trailing slash. */
export type Mirror = {
	/** Registry host of an image reference (`registry.k8s.io`) → mirrors to try in order, each `http(s)://host[/prefix]`. */
	readonly images: Readonly<Record<string, readonly string[]>>;
	/**
	 * Base URL with the release layout of the projects (dl.k8s.io for Kubernetes; GitHub release paths for the others); absent: upstream.
	 * `file:///…`: a folder on the operator's machine, with that layout or with the files side by side.
	 */
	readonly binaries?: string;
	/**
	 * Package repositories: `kubernetes` is what stands before `core/stable/v1.37/deb` (pkgs.k8s.io's layout), `docker` what stands before
	 * `linux/debian`. Absent: upstream's.
	 */
	readonly packages?: {readonly kubernetes?: string; readonly docker?: string};
	/** A file like Docker's config.json on the operator's machine, with the credentials of the mirrors. Never its content. */
	readonly auth?: string;
	/** A PEM file on the operator's machine that mirrors over TLS are checked against. */
	readonly ca?: string;
	/** What that file says, read at load. */
	readonly caText?: string;
	/** `host:port` of mirrors that may be spoken to in plain HTTP or without a checked certificate. */
	readonly insecure: readonly string[];
};

/** Who brings a program onto the nodes: files of the lock, or the packages of the distribution's own tool. */
export type Source = 'binaries' | 'packages';

/** How machines reach the outside; absent: directly. Meant for containerd and the package tool, for nothing else. URLs hold no credentials. */
export type ProxySettings = {
	readonly http?: string;
	readonly https?: string;
	/** Beside what is computed: networks of the cluster, addresses of nodes, the endpoint. */
	readonly noProxy: readonly string[];
};

/** What may be done to the machine itself, `spec.os`. Whatever is changed is recorded there, and given back by `reset`. */
export type MachineSettings = {
	/** The distribution's own packages: takes the place of the addresses in the machine's sources (a preset's name, or a URL). */
	readonly mirror?: string;
	/** `install`: programs that a node needs of its distribution, and lacks, are installed; `check`: they are only said (unless packages are asked for anyway). */
	readonly tools: 'check' | 'install';
	/** `install`: a machine on which nothing keeps the time gets a program that does; `check`: it is only said. */
	readonly timeSync: 'check' | 'install';
	/** `set`: the machine's own name becomes the node's. */
	readonly hostname: 'keep' | 'set';
	/** `block`: /etc/hosts names all nodes, in a block of ours. */
	readonly hosts: 'none' | 'block';
	/** `open`: a firewall that is on lets through what the nodes need of each other; it is never turned off. `leave`: it is only said. */
	readonly firewall: 'open' | 'leave';
};

/** One file of a kubeadm patches directory, read at load: target, order and patch type come from the file name. */
export type Patch = {
	readonly target: string;
	readonly type: 'strategic' | 'merge' | 'json';
	readonly file: string;
	readonly text: string;
};

export type BootstrapToken = {
	/** Where the token's value comes from; absent: made anew. Never the value itself. */
	readonly from?: {readonly env: string} | {readonly file: string};
	readonly ttl: string;
	readonly usages: readonly string[];
	readonly groups: readonly string[];
	readonly description?: string;
};

/** The cluster that was asked for: the whole config, frozen, defaults filled in. */
export type Cluster = {
	readonly name: string;
	readonly loadBalancer: 'external' | 'node-proxy' | 'none';
	readonly configuration: ClusterConfiguration;
	/** The port that every API server binds. */
	readonly bindPort: number;
	/** InitConfiguration.localAPIEndpoint.advertiseAddress, when it was set; holds for the first control plane only. */
	readonly advertiseAddress?: string;
	readonly registration: Registration;
	readonly bootstrapTokens: readonly BootstrapToken[];
	readonly network: {readonly cni: 'flannel' | 'none'; readonly flannel: {readonly backend: 'vxlan' | 'host-gw'}};
	readonly swap: 'off' | 'limited' | 'ignore';
	/** KubeletConfiguration and KubeProxyConfiguration documents as given, merged over kubeadm's defaults when rendered. */
	readonly kubelet: Readonly<Record<string, unknown>>;
	readonly kubeProxy: Readonly<Record<string, unknown>>;
	readonly patches: readonly Patch[];
	readonly nodes: readonly NodeSpec[];
	/**
	 * The ssh config of the operator, read at load: absent when there is none, or when it may not be read (`none`). `file` is the one that was
	 * asked for; `notes` say what of it is left out.
	 */
	readonly sshConfig?: {readonly file?: string; readonly lines: readonly SshLine[]; readonly notes: readonly string[]};
	readonly mirror: Mirror;
	/** `package`: which of the packages that bring containerd, where the source is packages. */
	readonly runtime: {readonly source: Source; readonly package: 'containerd' | 'containerd.io'};
	readonly kubernetes: {readonly source: Source};
	/** Who fetches binaries: each node for itself where it can, or the operator, once for all of them. */
	readonly fetch: 'node' | 'operator';
	readonly os: MachineSettings;
	readonly proxy?: ProxySettings;
	/** Path of the lock file, resolved against the config file; absent: the lock that is shipped with kubestrap. */
	readonly lock?: string;
	readonly ignorePreflightErrors: readonly string[];
	readonly timeouts: {readonly controlPlaneSeconds: number};
};

// ---------------------------------------------------------------- the lock file

export type LockedBinary = {readonly sha256: string; readonly size: number; readonly from: readonly string[]};
export type LockedImage = {
	/** The platform that all of this is about: `linux/amd64`. */
	readonly platform: string;
	/** Manifest digest, `sha256:…`. */
	readonly digest: string;
	/** Image config digest: the image ID that CRI reports. */
	readonly config: string;
	readonly diffIDs: readonly string[];
	/**
	 * Where it is, in the order in which to try: references, with `@sha256:…` where that place's manifest is another than `digest` (a mirror
	 * may have rewritten it; config and layers are the same).
	 */
	readonly from: readonly string[];
	/** The same for further platforms, by their name: `linux/arm64`. */
	readonly platforms?: Readonly<Record<string, Omit<LockedImage, 'platform' | 'platforms'>>>;
};
/** One package file. `from` is its path below the repository. */
export type LockedPackage = {
	readonly version: string;
	readonly sha256: string;
	readonly size: number;
	readonly from: string;
};
/** What a package repository gives, by `NAME/ARCH`. `repository` is its path in the publisher's layout (`core/stable/v1.37/deb`). */
export type LockedRepository = {
	readonly repository: string;
	/** Of the key that signs it, 40 hex digits in capitals. */
	readonly fingerprint: string;
	readonly files: Readonly<Record<string, LockedPackage>>;
};
/** What the artifacts are, whoever serves them. Binary keys are `NAME/VERSION/ARCH`, image keys full references. */
export type Lock = {
	readonly binaries: Readonly<Record<string, LockedBinary>>;
	readonly images: Readonly<Record<string, LockedImage>>;
	/** By the name of the repository: `kubernetes`, `docker`, `os`. Absent: no package is locked. */
	readonly packages?: Readonly<Record<string, LockedRepository>>;
	readonly madeBy: string;
	readonly madeAt: string;
};

/** An image as a bundle holds it: for one platform, in pieces. Digests are `sha256:HEX`. */
export type BundledImage = {
	readonly ref: string;
	readonly platform: string;
	/** Where the bundle has several platforms of this reference: an image index of them, the same for all. */
	readonly index?: string;
	/** Of the manifest. */
	readonly mediaType: string;
	readonly manifest: string;
	readonly config: string;
	readonly layers: readonly string[];
};

/** What a run installs from instead of mirrors, as far as planning knows it: the images of a bundle by `REF PLATFORM`, and sizes of all blobs. */
export type Supplies = {
	readonly images: Readonly<Record<string, BundledImage>>;
	readonly sizes: Readonly<Record<string, number>>;
};

// ---------------------------------------------------------------- what machines say

/** The public half of a certificate, as read from a PEM on a node. Times are ISO 8601. */
export type PublicCertificate = {
	readonly pem: string;
	readonly subject: string;
	readonly issuer: string;
	readonly notBefore: string;
	readonly notAfter: string;
	readonly fingerprint: string;
};

/** A file the survey looked at. `text` only for public files; a private file shows at most its mode and its public half. */
export type SeenFile = {
	readonly mode: string;
	readonly owner: string;
	readonly size: number;
	readonly sha256?: string;
	/** A sign for each byte where `latin1` says so. */
	readonly text?: string;
	/** Its bytes are no UTF-8. */
	readonly latin1?: true;
	/** For a private key: PEM of its public key, when the node has a tool that can derive it. */
	readonly publicKey?: string;
};

export type Output = {readonly code: number; readonly stdout: string; readonly stderr: string};

/** A line of `/var/lib/kubestrap/owned.ndjson`: what we made and what was there before, so that `reset` can give it back. */
export type Owned = {readonly kind: string; readonly name: string; readonly before: string | null};

/** What `/var/lib/kubestrap/cluster.json` says. */
export type Ownership = {
	readonly clusterId: string;
	readonly name: string;
	readonly writer: string;
	/** The node's name and machine id when it was written last; absent in records of before 0.2. */
	readonly node?: string;
	readonly machineId?: string;
	readonly fence: number;
	readonly birthMembers: readonly string[];
	readonly owned: readonly Owned[];
	/** So many lines of the record could not be read, and were passed over. */
	readonly torn?: number;
};

/** What the survey read from one machine. A probe that could not be read is an error, never an absence. */
export type Facts = {
	readonly hostname: string;
	readonly machineId: string;
	readonly arch: 'amd64' | 'arm64';
	readonly os: {
		readonly id: string;
		readonly idLike: readonly string[];
		readonly versionId: string;
		readonly pretty: string;
		/** Name of the release (`bookworm`), where it has one. */
		readonly codename?: string;
	};
	readonly kernel: string;
	readonly cgroup: 'v1' | 'v2';
	/** Name of the container technology when the node is a container (`systemd-nspawn`, `lxc`, …). */
	readonly container?: string;
	readonly capSysResource: boolean;
	readonly cpus: number;
	readonly memoryMiB: number;
	readonly addresses: readonly {readonly device: string; readonly address: string; readonly prefix: number}[];
	/** Source address of the default route, by family; absent when there is none. */
	readonly defaultAddress: {readonly v4?: string; readonly v6?: string};
	/** What the kubelet's `resolvConf` must be: systemd-resolved's own file when the stub is in use. */
	readonly resolvConf: string;
	readonly swaps: readonly string[];
	readonly downloader?: 'curl' | 'wget';
	/** Node clock minus operator clock, in milliseconds, corrected by half the round trip. */
	readonly clockSkewMs: number;
	readonly files: Readonly<Record<string, SeenFile>>;
	/** `kubestrap-*` units that exist or left a directory in /run/kubestrap. */
	readonly units: readonly {readonly name: string; readonly active: boolean; readonly rc?: number}[];
	readonly ownership?: Ownership;
	/** Output of each preflight probe by check name. */
	readonly probes: Readonly<Record<string, Output>>;
};

/** A node as planning sees it: what was asked for and what it is, with the names settled. */
export type Site = {
	readonly name: string;
	readonly role: Role;
	/** The node's internal address: advertised by its API server, its kubelet and etcd. */
	readonly address: string;
	readonly spec: NodeSpec;
	readonly facts: Facts;
	/**
	 * How the machine stands to a cluster that lives: `member`: it is part of it; `joining`: it is to become one; `leaving`: it is to be no
	 * part any more; `gone`: the same, and its machine cannot be reached. Absent: there is no cluster yet, and the machine is part of its birth.
	 */
	readonly stage?: 'member' | 'joining' | 'leaving' | 'gone';
	/** The cluster's API server on this machine answered us: what concerns the whole cluster is done here. */
	readonly seat?: true;
};

// ---------------------------------------------------------------- what the cluster says

/** A Node object, as far as verbs ask for it. */
export type ClusterNode = {
	readonly name: string;
	readonly uid: string;
	readonly ready: boolean;
	readonly unschedulable: boolean;
	readonly controlPlane: boolean;
	/** InternalIPs, first one first. */
	readonly addresses: readonly string[];
	readonly kubeletVersion: string;
	readonly runtime: string;
};

/** A member of etcd, as the members themselves list it, with what each one answered when it was asked for its status. */
export type EtcdMember = {
	/** Hexadecimal, as etcdctl shows it. */
	readonly id: string;
	/** Empty while a member that was added has never started. */
	readonly name: string;
	readonly peerUrls: readonly string[];
	/** Empty while it has never published itself. */
	readonly clientUrls: readonly string[];
	readonly learner: boolean;
	/** It answered, knows a leader, and has no alarm. */
	readonly healthy: boolean;
	readonly leader: boolean;
	readonly version?: string;
	readonly raftIndex?: number;
	/** Bytes. */
	readonly dbSize?: number;
};

/** A cluster that lives, as one of its API servers shows it. Holds no secret. */
export type Living = {
	/** Name of the site whose API server answered; verbs speak with the cluster through that machine. */
	readonly seat: string;
	/** Where it answers: `https://10.0.0.11:6443`. */
	readonly server: string;
	readonly nodes: readonly ClusterNode[];
	/** Absent with an external etcd, and where etcd could not be asked. */
	readonly members?: readonly EtcdMember[];
	/** Data of the ConfigMaps that tell how it is made, by name (`kubeadm-config`, `kubelet-config`, `kube-proxy`, `kube-flannel-cfg`); one that is not there is absent. */
	readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

// ---------------------------------------------------------------- identity

/**
 * One thing of the PKI that the cluster needs: a pair, a kubeconfig with its own client certificate, the kubelet's pem, or the token.
 * Ids: `ca`, `front-proxy-ca`, `etcd/ca`, `sa`, `bootstrap-token` for the whole cluster (also the authorities, wherever they lie);
 * `apiserver@cp1`, `etcd/peer@cp1`, `admin.conf@cp1`, `kubelet-client@w1` for one node.
 * The secrets behind an id, as steps name them in `{secret: …}`, put the suffix before the `@`: `ca.crt`, `ca.key`, `sa.pub`, `sa.key`,
 * `apiserver.crt@cp1`, `apiserver.key@cp1`, `admin.conf.crt@cp1`, `admin.conf.key@cp1`, `kubelet-client.pem@w1` (certificate, then key),
 * `bootstrap-token` (`id.secret`), `bootstrap-token.id`, `bootstrap-token.secret`, `bootstrap-token.expiration` (RFC 3339),
 * `join-token` and its parts, `node-request@w1` (name of the kubelet's request, once it was found and compared with the key on the node),
 * `registry-header@HOST` (a line of hosts.toml with the credentials for a registry),
 * `ca.hash` (`sha256:<hex>` of the CA's public key), `ca.anchor` (the first certificate of ca.crt, as kubeadm embeds it in kubeconfigs).
 */
export type IdentityItem = {
	readonly id: string;
	/** `keep`: it is on the node and its judge is content. `make`: it is absent, or the judge says why it cannot stay. */
	readonly state: 'keep' | 'make';
	readonly why?: string;
	/** Site name of the node where it lies (for `keep`) or is born (for cluster-wide `make`). */
	readonly on: string;
	/** Its file on the node: the certificate of a pair, the kubeconfig, the pem. */
	readonly file: string;
	/** PEM of the certificate or public key for `keep`. Never a private key. */
	readonly publicHalf?: string;
	/** An authority whose key is on no control plane (kubeadm's external CA): nothing below it can be made. */
	readonly keyless?: true;
};

/** Who has and who needs what. A value without any secret. */
export type Identity = {
	readonly clusterId: string;
	/** Name of the site where authorities are born: the first control plane of the config. */
	readonly birthplace: string;
	readonly items: Readonly<Record<string, IdentityItem>>;
};

/** Gives the bytes of a secret by its id. Begins to work when asked, or earlier; each id is made once. Throws IdentityError. */
export type Secrets = {
	readonly get: (id: string) => Promise<Buffer>;
	/** Every secret value made or read so far, for redaction. */
	readonly values: () => readonly string[];
};

// ---------------------------------------------------------------- steps

/** A place in a text where a secret goes, as it is or base64-encoded. */
export type SecretRef = {readonly secret: string; readonly encode?: 'base64'};
/** Bytes that are no UTF-8, a sign for each: what a machine's own file has is written back as it was. */
export type Bytes = {readonly latin1: string};
/** The content of a file: plain text, or text with secrets or bytes in between (concatenated). */
export type Content = string | readonly (string | SecretRef | Bytes)[];

/** A command: an argv, or a constant sh script with its arguments as `$1…`. A script is never built from config values. */
export type Command = readonly string[] | {readonly sh: string; readonly args?: readonly string[]};

/**
 * One verb that a node understands. Data only. Each kind knows how to observe (is it so already?) and how to apply.
 * A `file` with `content: {kept: true}` asserts that a file exists with that mode, and leaves its bytes alone.
 */
export type Step =
	| {
			readonly kind: 'file';
			readonly path: string;
			readonly content: Content | {readonly kept: true};
			readonly mode: string;
			readonly owner?: string;
			/** Units to restart (by their `service` step) when this file changes; a change is remembered on disk until then. */
			readonly notify?: readonly string[];
			/** Only written when absent: never overwritten, its bytes are not compared. */
			readonly once?: boolean;
	  }
	| {readonly kind: 'dir'; readonly path: string; readonly mode: string; readonly owner?: string}
	| {readonly kind: 'link'; readonly path: string; readonly to: string}
	| {readonly kind: 'absent'; readonly path: string; readonly notify?: readonly string[]}
	/** A line of a file that is not ours (/etc/hosts), marked at its end; the file's other bytes stay. */
	| {readonly kind: 'line'; readonly path: string; readonly line: string}
	/** Lines at the end of a file that is not ours, between two marks; the file's other bytes stay. */
	| {readonly kind: 'block'; readonly path: string; readonly lines: readonly string[]}
	/** A unit of the machine that neither runs nor ever starts. */
	| {readonly kind: 'masked'; readonly unit: string}
	| {readonly kind: 'sysctl'; readonly name: string; readonly value: string}
	| {readonly kind: 'module'; readonly name: string}
	| {
			/** Packages of apt, in one run: exactly the version where one is named, else at any. */
			readonly kind: 'package';
			readonly title: string;
			readonly packages: readonly {readonly name: string; readonly version?: string}[];
			/** They are kept from upgrades (`apt-mark hold`), and only we may change them. */
			readonly hold: boolean;
			/** Files of /etc/apt/sources.list.d whose indexes are read anew when something is missing. */
			readonly sources: readonly string[];
			/** Units that the packages' own scripts must not start: they have no configuration yet. */
			readonly idle: readonly string[];
			/** A folder with their files, `NAME.deb`: nothing is asked of any source. */
			readonly from?: string;
	  }
	/** Packages of dnf or zypper, at the version that the machine's own repositories have. */
	| {readonly kind: 'rpms'; readonly title: string; readonly tool: 'dnf' | 'zypper'; readonly packages: readonly string[]}
	/** Packages that came so go again, but for those that something else needs by now. */
	| {readonly kind: 'rpmless'; readonly title: string; readonly packages: readonly string[]}
	| {
			/** Packages that we installed go, with their settings, except those that something else needs by now. */
			readonly kind: 'purged';
			readonly title: string;
			readonly packages: readonly string[];
			/** Packages that stay, and are no longer held. */
			readonly unheld: readonly string[];
			/** Settings files that were there before their packages, and stay. */
			readonly kept: readonly string[];
	  }
	| {
			/** Lays a locked binary or the members of a locked archive in place, verified before they are there. */
			readonly kind: 'fetch';
			/** Key in the lock: `kubelet/v1.37.1/amd64`. */
			readonly artifact: string;
			/** For a plain binary: where it goes. */
			readonly path?: string;
			/** For an archive: the folder it is unpacked into, and the member prefix that is stripped (`bin/`). */
			readonly unpack?: {readonly into: string; readonly strip?: string; readonly only?: readonly string[]};
			readonly mode: string;
			readonly notify?: readonly string[];
	  }
	/** `from`: where to pull it from instead of where the lock says it is, as `LockedImage.from`; what it must be stays the lock's. */
	| {readonly kind: 'image'; readonly ref: string; readonly from?: readonly string[]}
	/** An image of a bundle, whose blobs are brought to the node; pinned, because it could not be pulled again. */
	| {
			readonly kind: 'import';
			readonly ref: string;
			/** Digest of its config: the image ID. */
			readonly config: string;
			/** Descriptors of its manifest for the `index.json` of an image layout, with commas between: under its name, and under its digest. */
			readonly manifests: string;
			readonly blobs: readonly {readonly sha256: string; readonly size: number}[];
	  }
	| {
			readonly kind: 'service';
			readonly unit: string;
			readonly state: 'started' | 'stopped';
			readonly enabled?: boolean;
	  }
	| {
			readonly kind: 'object';
			/** `apiVersion/Kind/namespace/name`, namespace empty for cluster-scoped: for reports and records. */
			readonly id: string;
			/** `create`: only if absent. `apply`: our fields, server-side. `patch`: labels, annotations and taints of a living object. */
			readonly own: 'create' | 'apply' | 'patch';
			/** Whose rights are used; absent: admin.conf. super-admin.conf only lies where the cluster was born. */
			readonly as?: 'super-admin';
			/** One JSON document (for `patch`: {labels, annotations, taints}, null removes). */
			readonly manifest: Content;
	  }
	| {
			readonly kind: 'wait';
			readonly title: string;
			readonly until: Command;
			readonly seconds: number;
			/** Key of a diagnosis in src/checks/causes.ts that is read when the wait runs out. */
			readonly diagnose?: string;
			/** Nodes that it waits for, where those are others than the machine that waits: what has died there for good ends it, and what died here does not. */
			readonly of?: readonly string[];
	  }
	| {
			readonly kind: 'run';
			readonly title: string;
			readonly command: Command;
			readonly stdin?: Content;
			readonly unless: Command | 'never';
			/** What the operator can do when it fails; absent: mend the cause, and run it again. */
			readonly remedy?: string;
			/** As of a wait: key of a diagnosis that is made when it fails. Its own last words are read as the kubelet's. */
			readonly diagnose?: 'bootstrap';
	  }
	/** Remembers whether something is at a path that programs which we start will make, for `reset`. Makes nothing. */
	| {readonly kind: 'noted'; readonly path: string}
	/** Takes one line of the record of ownership back. */
	| {readonly kind: 'undo'; readonly owned: Owned}
	/** Nothing is mounted strictly below a path. */
	| {readonly kind: 'unmounted'; readonly path: string}
	/** A tree is gone, never through a mount. With `only`: what is directly in it under these names (shell patterns); the folder stays. */
	| {readonly kind: 'cleared'; readonly path: string; readonly only?: readonly string[]};

// ---------------------------------------------------------------- phases, checks, plans

/** Everything a phase may know. */
export type Scope = {
	readonly cluster: Cluster;
	readonly site: Site;
	readonly sites: readonly Site[];
	readonly identity: Identity;
	readonly lock: Lock;
	/** Absent while there is no cluster that answers. */
	readonly living?: Living;
	/** Armored keys of package repositories, by the repository's name: those whose fingerprint the lock has. */
	readonly keys?: Readonly<Record<string, string>>;
	/** Present when everything comes from a bundle. */
	readonly supplies?: Supplies;
};

/**
 * Which sites a phase or check runs on. `first`: the control plane where the cluster's objects are made: the seat of a living cluster, else
 * the first one of the config. `settled`: those that are neither joining nor leaving. `joining`, `leaving`: those that are;
 * `leaving-machine`: those leaving ones whose machine can be reached.
 */
export type Selector =
	| 'every'
	| 'control-plane'
	| 'worker'
	| 'first'
	| 'settled'
	| 'settled-control-plane'
	| 'joining'
	| 'joining-control-plane'
	| 'joining-worker'
	| 'leaving'
	| 'leaving-control-plane'
	| 'leaving-machine';

export type Phase = {
	readonly name: string;
	readonly title: string;
	readonly on: Selector;
	/**
	 * A gate: this phase starts on a node only when every earlier phase (`all-nodes`: of every node that is not joining), or the named phase,
	 * is done wherever it is selected.
	 */
	readonly after?: 'all-nodes' | {readonly phase: string};
	/** One node after the other: the next one begins when the previous one is through this phase, or through the later one that is named. */
	readonly pace?: 'one-by-one' | {readonly through: string};
	/** The phase belongs to the node's walk, but its steps are done on the machine of the first control plane, in the node's name. */
	readonly at?: 'first';
	/** Done at the end, in every outcome, once all nodes have ended their walks. */
	readonly always?: true;
	/** Begins a program of its own, because its secrets take longer to make than those of the phases before it. */
	readonly apart?: true;
	/** Runs beside the phases that follow it on the same node; it is waited for by a phase that `needs` it, or at the program's end. */
	readonly background?: true;
	readonly needs?: readonly string[];
	readonly steps: (scope: Scope) => readonly Step[];
};

export type Recipe = {readonly name: string; readonly phases: readonly Phase[]};

export type Finding = {
	readonly node: string;
	/** kubeadm's check name where kubeadm has the check. */
	readonly id: string;
	readonly level: 'error' | 'warning';
	readonly evidence: string;
	readonly remedy: string;
};

/** One phase of one node, its steps settled. */
export type PlannedPhase = {
	readonly name: string;
	readonly title: string;
	readonly background: boolean;
	readonly needs: readonly string[];
	readonly steps: readonly Step[];
};

/** Adjacent phases of a node that run as one program. */
export type Chapter = {
	readonly name: string;
	/** The node whose machine does it, when that is another than the one whose walk it is part of. */
	readonly at?: string;
	/** What must be done elsewhere before it starts: pairs of node and phase. */
	readonly awaits: readonly {readonly node: string; readonly phase: string}[];
	readonly phases: readonly PlannedPhase[];
};

/** What will be done, node by node. A value without secrets: print, diff, test, save it. */
export type Plan = {
	readonly recipe: string;
	readonly cluster: {
		readonly id: string;
		readonly name: string;
		readonly version: string;
		readonly birthMembers: readonly string[];
	};
	readonly nodes: readonly {readonly node: string; readonly chapters: readonly Chapter[]}[];
	/** What is done at the end in every outcome. */
	readonly closing: readonly {readonly node: string; readonly chapters: readonly Chapter[]}[];
};

// ---------------------------------------------------------------- hands, events, reports

export type ExecOptions = {
	/** Bytes for the command's standard input; ended after the last one. */
	readonly stdin?: AsyncIterable<Uint8Array> | Uint8Array | string;
	/** Milliseconds until the command is given up with a TransportError; every exec has one. */
	readonly deadline: number;
	readonly signal?: AbortSignal;
	/** Sees stdout as it comes; the output's `stdout` is then empty. */
	readonly onStdout?: (chunk: Buffer) => void;
};

/** A machine's one verb. The command runs as root there (by login, or by sudo). A lost line throws, it is never an exit code. */
export type Host = {
	readonly name: string;
	/** Fingerprint of the key by which it was known, `SHA256:…`; absent for this machine itself. */
	readonly hostKey?: string;
	exec(argv: readonly string[], options: ExecOptions): Promise<Output>;
	close(): Promise<void>;
};

export type Hosts = ReadonlyMap<string, Host>;

export type StepState = 'started' | 'unchanged' | 'changed' | 'failed';

/** One event, as the log file and `-o json` show it (interfaces.md §4). */
export type Event = {
	readonly time: string;
	readonly run: string;
	readonly type: 'run' | 'survey' | 'check' | 'phase' | 'step' | 'progress' | 'note' | 'summary';
	readonly node?: string;
	readonly phase?: string;
	readonly step?: string;
	readonly state?: StepState;
	readonly ms?: number;
	readonly detail?: unknown;
};

/** An event before the run stamps it with time and run id. */
export type News = Omit<Event, 'time' | 'run'>;
export type Tell = (news: News) => void;

export type Failure = {
	readonly node: string;
	readonly phase: string;
	readonly step: string;
	/** What failed, in a line. */
	readonly what: string;
	/** Exit code, last lines. */
	readonly evidence: readonly string[];
	readonly remedy: string;
	/** Ids of the causes that were recognised (src/checks/causes), the firmest first. */
	readonly causes?: readonly string[];
};

export type Summary = {
	readonly ok: boolean;
	readonly exit: number;
	readonly changed: number;
	readonly unchanged: number;
	readonly failed: number;
	readonly ms: number;
	readonly failures: readonly Failure[];
	/** Seconds per node and phase, for the timeline. */
	readonly spent: readonly {readonly node: string; readonly phase: string; readonly ms: number}[];
};
