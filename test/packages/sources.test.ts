import test from 'ava';
import {mirrorPresets} from '../../src/artifacts/mirror-presets.ts';
import {distributionOf, distributions, isAptSource, withMirror} from '../../src/packages/distributions.ts';
import {aptSource, indexOf, packageUrl, repositoryPath, sourceText} from '../../src/packages/repositories.ts';

const mirror = {images: {}, insecure: []};
const fingerprint = 'DE15B14486CD377B9E876E1A234654DA9A296436';
const kubernetes = {repository: 'core/stable/v1.37/deb', fingerprint, files: {}};
const docker = {repository: 'linux/debian/dists/bookworm/stable', fingerprint, files: {}};

test('each preset of mirrors writes the path of the repository in its own way', (t) => {
	const uri = (preset: string) => aptSource('kubernetes', kubernetes, mirrorPresets[preset]!).uri;
	t.is(uri('cn'), 'https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.37/deb/');
	t.is(uri('ustc'), 'https://mirrors.ustc.edu.cn/kubernetes/core:/stable:/v1.37/deb/');
	t.is(aptSource('docker', docker, mirrorPresets.ustc!).uri, 'https://mirrors.ustc.edu.cn/docker-ce/linux/debian');
});

test("Kubernetes' repository is flat; its publisher writes colons, mirrors do not", (t) => {
	t.is(repositoryPath.kubernetes('v1.37.1'), kubernetes.repository);
	const own = aptSource('kubernetes', kubernetes, mirror);
	t.is(own.uri, 'https://pkgs.k8s.io/core:/stable:/v1.37/deb/');
	t.is(own.keyUrl, 'https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key');
	const aliyun = {...mirror, packages: {kubernetes: 'https://mirrors.aliyun.com/kubernetes-new'}};
	const there = aptSource('kubernetes', kubernetes, aliyun);
	t.is(there.uri, 'https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.37/deb/');
	t.deepEqual(indexOf(there, 'amd64'), {
		folder: 'https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.37/deb',
		index: 'Packages',
	});
	t.is(
		packageUrl('kubernetes', kubernetes, {from: 'amd64/kubelet.deb'}, aliyun),
		'https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.37/deb/amd64/kubelet.deb',
	);
	t.is(
		sourceText(there, 'amd64'),
		`# Written by kubestrap.
Types: deb
URIs: https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.37/deb/
Suites: /
Architectures: amd64
Signed-By: /etc/apt/keyrings/60-kubestrap-kubernetes.asc
`,
	);
});

test("Docker's repository has suites and a component; its key lies above them", (t) => {
	t.is(repositoryPath.docker({id: 'debian', codename: 'bookworm'}), docker.repository);
	const source = aptSource('docker', docker, mirror);
	t.is(source.keyUrl, 'https://download.docker.com/linux/debian/gpg');
	t.regex(
		sourceText(source, 'arm64'),
		/^URIs: https:\/\/download\.docker\.com\/linux\/debian\nSuites: bookworm\nComponents: stable\n/m,
	);
	t.deepEqual(indexOf(source, 'arm64'), {
		folder: 'https://download.docker.com/linux/debian/dists/bookworm',
		index: 'stable/binary-arm64/Packages',
	});
});

const [debian, ubuntu] = distributions as readonly [(typeof distributions)[number], (typeof distributions)[number]];

test("the machine's own addresses move to a mirror, byte for byte nothing else", (t) => {
	const list = `# deb http://deb.debian.org/debian bookworm main
deb [signed-by=/x.gpg] http://deb.debian.org/debian bookworm main
deb-src http://ftp.de.debian.org/debian/ bookworm main\t# kept
deb http://security.debian.org/debian-security bookworm-security main
deb https://security.debian.org/debian-security bookworm-security main

deb https://download.docker.com/linux/debian bookworm stable
`;
	const moved = withMirror(list, 'http://10.0.0.1:8080/debian', debian);
	t.is(
		moved,
		list
			.replace('x.gpg] http://deb.debian.org/debian ', 'x.gpg] http://10.0.0.1:8080/debian ')
			.replace('http://ftp.de.debian.org/debian/', 'http://10.0.0.1:8080/debian')
			.replaceAll(/https?:\/\/security.debian.org\/debian-security/g, 'http://10.0.0.1:8080/debian-security'),
	);
	t.is(withMirror(moved, 'http://10.0.0.1:8080/debian', debian), moved, 'a second run changes nothing');
	t.regex(withMirror(list, 'aliyun', debian), /^deb https:\/\/mirrors\.aliyun\.com\/debian-security bookworm-security/m);
	t.regex(withMirror(withMirror(list, 'aliyun', debian), 'ustc', debian), /] http:\/\/mirrors\.ustc\.edu\.cn\/debian bookworm/);
});

test('deb822: several addresses, lines that go on, lists of mirrors of cloud images; Signed-By stays', (t) => {
	const text = `Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list https://example.org/debian
Suites: bookworm bookworm-updates
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

URIs:
 http://deb.debian.org/debian-security
 http://deb.debian.org/debian
Description: see http://deb.debian.org/debian
`;
	t.is(
		withMirror(text, 'ustc', debian),
		text
			.replace('mirror+file:///etc/apt/mirrors/debian.list', 'http://mirrors.ustc.edu.cn/debian')
			.replace(' http://deb.debian.org/debian-security', ' http://mirrors.ustc.edu.cn/debian-security')
			.replace(' http://deb.debian.org/debian\nD', ' http://mirrors.ustc.edu.cn/debian\nD'),
	);
	const noble = 'URIs: http://de.archive.ubuntu.com/ubuntu/ http://security.ubuntu.com/ubuntu\nSuites: noble\n';
	t.is(
		withMirror(noble, 'aliyun', ubuntu),
		'URIs: http://mirrors.aliyun.com/ubuntu http://mirrors.aliyun.com/ubuntu\nSuites: noble\n',
	);
	t.is(
		withMirror('URIs: http://ports.ubuntu.com/ubuntu-ports\n', 'ustc', ubuntu),
		'URIs: http://mirrors.ustc.edu.cn/ubuntu-ports\n',
	);
});

test('which files are sources, and which machines have them', (t) => {
	t.true(isAptSource('/etc/apt/sources.list') && isAptSource('/etc/apt/sources.list.d/ubuntu.sources'));
	t.false(isAptSource('/etc/apt/sources.list.d/x.list.save') || isAptSource('/etc/apt/sources.list.d/a/b.list'));
	const os = {idLike: ['debian'], versionId: '1', pretty: 'x'};
	t.is(distributionOf({...os, id: 'ubuntu'})?.id, 'ubuntu');
	t.is(distributionOf({...os, id: 'fedora'}), undefined);
});
