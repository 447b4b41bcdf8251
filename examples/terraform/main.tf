# One healthy role, and the slips that a plan can show before anybody runs it. Every policy is known when planned.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  issuer_url   = "https://oidc.eks.eu-west-1.amazonaws.com/id/7C1E0D5A94B2F36E8A0C4D71B59E23F8"
  issuer       = trimprefix(local.issuer_url, "https://")
  provider_arn = "arn:aws:iam::210987654321:oidc-provider/${local.issuer}"
}

resource "aws_iam_openid_connect_provider" "prod" {
  url            = local.issuer_url
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_eks_cluster" "prod" {
  name     = "prod"
  role_arn = "arn:aws:iam::210987654321:role/eks-cluster-prod"

  vpc_config {
    subnet_ids = ["subnet-0a1b2c3d4e5f60718", "subnet-0f1e2d3c4b5a69788"]
  }
}

# The condition key is the issuer alone, without `:sub`: no token has such a claim, so nobody gets in.
data "aws_iam_policy_document" "missing_claim" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = trimprefix(local.issuer_url, "https://")
      values   = ["system:serviceaccount:billing:invoice-writer"]
    }
  }
}

resource "aws_iam_role" "missing_claim" {
  name               = "invoice-writer"
  assume_role_policy = data.aws_iam_policy_document.missing_claim.json
}

data "aws_iam_policy_document" "healthy" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:payments:checkout-api"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "healthy" {
  name               = "checkout-api"
  assume_role_policy = data.aws_iam_policy_document.healthy.json
}

# The namespace is a wildcard: whoever may create a namespace may take the role.
data "aws_iam_policy_document" "any_namespace" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:*:app"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "any_namespace" {
  name               = "preview-app"
  assume_role_policy = data.aws_iam_policy_document.any_namespace.json
}

# A wildcard under StringEquals is a plain star, which no service account has in its name.
data "aws_iam_policy_document" "literal_wildcard" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:prod:*"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "literal_wildcard" {
  name               = "prod-reader"
  assume_role_policy = data.aws_iam_policy_document.literal_wildcard.json
}

# Pod Identity sends session tags, so a trust without sts:TagSession turns its pods away.
data "aws_iam_policy_document" "no_tag_session" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "no_tag_session" {
  name               = "queue-worker"
  assume_role_policy = data.aws_iam_policy_document.no_tag_session.json
}

resource "aws_eks_pod_identity_association" "queue_worker" {
  cluster_name    = aws_eks_cluster.prod.name
  namespace       = "orders"
  service_account = "queue-worker"
  role_arn        = aws_iam_role.no_tag_session.arn
}
