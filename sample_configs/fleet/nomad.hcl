# Probe a relay from every Nomad client once, and join what they saw.
#
#   nomad job run -var url=https://files.example.com/nlbcheck.pyz -var table="$(cat nlbcheck.yaml)" \
#       -var sha256="$(sha256sum dist/nlbcheck.pyz | cut -d ' ' -f 1)" sample_configs/fleet/nomad.hcl
#   mkdir -p reports
#   for id in $(nomad job allocs -t '{{ range . }}{{ .ID }} {{ end }}' nlbcheck); do
#     nomad alloc logs "$id" probe > "reports/$id.json"
#   done
#   nlbcheck report merge reports/*.json
#
# The clients need Python 3.11 or later; the report is what the task writes to stdout.
variable "url" {
  type        = string
  description = "Where nlbcheck.pyz can be downloaded."
}

variable "sha256" {
  type        = string
  description = "The SHA-256 of nlbcheck.pyz; nothing else is run."
}

variable "table" {
  type        = string
  description = "The mapping table, in YAML."
}

variable "datacenters" {
  type    = list(string)
  default = ["*"]
}

job "nlbcheck" {
  type        = "sysbatch"
  datacenters = var.datacenters

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "client" {
    # What fails to answer is a result: it is not tried again, here or elsewhere.
    restart {
      attempts = 0
      mode     = "fail"
    }

    task "probe" {
      # In the network of the host, as its processes are; with exec the root file system is a chroot.
      driver = "raw_exec"

      artifact {
        source      = var.url
        destination = "local/"
        options {
          checksum = "sha256:${var.sha256}"
        }
      }

      template {
        data        = var.table
        destination = "local/nlbcheck.yaml"
      }

      env {
        XDG_CACHE_HOME = "${NOMAD_TASK_DIR}/cache"
      }

      config {
        command = "python3"
        args = [
          "-I", "${NOMAD_TASK_DIR}/nlbcheck.pyz", "probe", "-q",
          "-m", "${NOMAD_TASK_DIR}/nlbcheck.yaml",
          "--via", "${node.unique.name}=local",
          "-f", "json",
        ]
      }

      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
