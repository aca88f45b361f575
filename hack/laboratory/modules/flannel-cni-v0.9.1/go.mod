module kubestrap.dev/lab/flannel-cni

go 1.14

require (
	github.com/Microsoft/go-winio v0.4.11
	github.com/Microsoft/hcsshim v0.8.6
	github.com/alexflint/go-filemutex v0.0.0-20171022225611-72bdc8eae2ae
	github.com/buger/jsonparser v0.0.0-20180808090653-f4dd9f5a6b44
	github.com/containernetworking/cni v0.8.1
	github.com/coreos/go-iptables v0.5.0
	github.com/coreos/go-systemd v0.0.0-20180511133405-39ca1b05acc7
	github.com/d2g/dhcp4 v0.0.0-20170904100407-a1d1b6c41b1c
	github.com/d2g/dhcp4client v1.0.0
	github.com/d2g/dhcp4server v0.0.0-20181031114812-7d4a0a7f59a5
	github.com/d2g/hardwareaddr v0.0.0-20190221164911-e7d9fbe030e4
	github.com/godbus/dbus v0.0.0-20180201030542-885f9cc04c9c
	github.com/j-keck/arping v0.0.0-20160618110441-2cf9dc699c56
	github.com/mattn/go-shellwords v1.0.3
	github.com/onsi/ginkgo v1.12.1
	github.com/onsi/gomega v1.10.3
	github.com/safchain/ethtool v0.0.0-20190326074333-42ed695e3de8
	github.com/sirupsen/logrus v1.0.6
	github.com/stretchr/testify v1.3.0
	github.com/vishvananda/netlink v1.1.1-0.20201029203352-d40f9887b852
	golang.org/x/sys v0.0.0-20201117170446-d9b008d0a637
	gopkg.in/airbrake/gobrake.v2 v2.0.9
	gopkg.in/gemnasium/logrus-airbrake-hook.v2 v2.1.2
	github.com/containernetworking/plugins v0.9.1
)

replace (

)
