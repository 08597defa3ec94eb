import { PodIdentityAssociation } from "@pulumi/aws/eks";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import { Alias, type Key } from "@pulumi/aws/kms";
import { Secret, SecretPolicy, SecretVersion } from "@pulumi/aws/secretsmanager";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";
import { credentialVariable } from "../gateway/target";
import { InputErrors, isAccount, isLabel, isRegion } from "./inputErrors";
import { alarmPublishers, createKey, partitionOf } from "./key";
import { readerPolicy, secretPolicy, trustPolicy } from "./secretPolicies";

export interface CredentialArgs {
  /** The whole name of the secret in Secrets Manager. It must begin with `secretPrefix` and a "/". */
  secretName: string;
  /**
   * The key in the Kubernetes Secret, and so the name of the gateway's environment variable.
   * Default: the one that the gateway's configuration refers to, `LOCKSTEP_CREDENTIAL_OPENAI_EU` for
   * "openai-eu".
   */
  variable?: string;
}

export interface SecretsArgs {
  /** The AWS account id, 12 digits. Nothing here is ever opened to another account. */
  account: string;
  /** The AWS region of the secrets, such as "us-east-1". */
  region: string;
  /** The name of the EKS cluster, in the same account and region. */
  cluster: string;
  /** The Kubernetes namespace of the gateway, into which the credentials are synchronised. */
  namespace: pulumi.Input<string>;
  /** The prefix of all secrets' names, without a trailing "/". */
  secretPrefix: string;
  /** The alias of the environment's key: "alias/…". */
  kmsAlias: string;
  /** The credentials by name. */
  credentials: Record<string, CredentialArgs>;
  /**
   * Values by credential, from encrypted configuration. A credential without one gets an empty secret, and
   * an administrator puts its value there (`aws secretsmanager put-secret-value`).
   */
  values?: Record<string, pulumi.Input<string>>;
  /**
   * The ARNs of the IAM roles and users of this account that may write, rotate, describe and delete the
   * secrets: whole, without wildcards, without the session. One of them has to be the role that runs Pulumi,
   * or it locks itself out of its own resources. They may not read values, but see `values`: the provider
   * reads each version that it has written, so where a value is given here they may read that one.
   */
  administrators: string[];
  /**
   * The service account of the External Secrets controller, which reads the secrets. The association gives
   * it the reader's role, so it can have no other association in this cluster. Whoever may create a
   * SecretStore in a namespace that the controller serves can make it read these secrets: run one scoped to
   * the gateway's namespace (`scopedNamespace` in its Helm chart).
   * Default: `external-secrets` in the namespace `external-secrets`, the chart's own defaults.
   */
  reader?: { namespace: string; serviceAccount: string };
  /** How often the Kubernetes Secret follows the stored values, in minutes. Default 15. */
  refreshMinutes?: number;
  /** Tags for every AWS resource. */
  tags?: Record<string, string>;
}

/**
 * The credentials of one environment: a key, a secret for each credential that nobody but one role can read,
 * and the Kubernetes Secret from which the gateway takes its environment variables.
 *
 * Deleted secrets, and the key, can be recovered for 30 days, and a deleted secret's name stays taken as long: a rename
 * cannot be taken back before. A renamed secret is made, and read, before the old one goes. Needs External Secrets
 * (`external-secrets.io/v1`) and the EKS Pod Identity agent in the cluster, and an AWS and a Kubernetes
 * provider in `opts.providers`.
 *
 * @throws pulumi.InputPropertiesError with every unusable argument; never with a value of a credential.
 */
export class Secrets extends pulumi.ComponentResource {
  readonly keyArn: pulumi.Output<string>;
  /** The ARNs of the secrets by credential. */
  readonly secretArns: pulumi.Output<Record<string, string>>;
  readonly readerRoleArn: pulumi.Output<string>;
  /** For policies of other components, whose secrets the same reader has to read. */
  readonly readerRoleName: pulumi.Output<string>;
  /** The name of the SecretStore in the gateway's namespace. */
  readonly secretStoreName: pulumi.Output<string>;
  /** The name of the Kubernetes Secret in the gateway's namespace; its keys are the variables. */
  readonly kubernetesSecretName: pulumi.Output<string>;
  /** The environment variables by credential. */
  readonly variables: Record<string, string>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("lockstep:index:Secrets", name, {}, opts);
    const self = this;
    const { account, region, credentials } = args;
    const values = args.values ?? {};
    const reader = args.reader ?? { namespace: "external-secrets", serviceAccount: "external-secrets" };
    const partition = partitionOf(region);
    const tags = args.tags === undefined ? {} : { tags: args.tags };
    // Named, so that the secrets' policies are known in a preview and can be proven there.
    const roleName = `${name}-reader`;
    const roleArn = `arn:${partition}:iam::${account}:role/${roleName}`;

    const key = createEnvironmentKey();
    const secrets = Object.entries(credentials).map(([credential, { secretName }]) => ({
      credential,
      secret: createSecret(credential, secretName),
    }));
    const guards = secrets.map(({ credential, secret }) => createGuard(credential, secret));
    const versions = secrets.flatMap(({ credential, secret }) => createVersion(credential, secret));
    const role = createReaderRole();
    const permissions = createReaderPermissions();
    const association = createAssociation();
    const store = createSecretStore();
    const external = createExternalSecret();

    this.keyArn = key.arn;
    this.secretArns = pulumi
      .all(secrets.map(({ credential, secret }) => secret.arn.apply((arn) => [credential, arn] as const)))
      .apply((entries) => Object.fromEntries(entries));
    this.readerRoleArn = role.arn;
    this.readerRoleName = role.name;
    this.secretStoreName = store.metadata.apply((metadata) => metadata.name ?? name);
    this.kubernetesSecretName = external.metadata.apply((metadata) => metadata.name ?? name);
    this.variables = Object.fromEntries(
      Object.entries(credentials).map(([credential, { variable }]) => [
        credential,
        variable ?? credentialVariable(credential),
      ]),
    );
    this.registerOutputs({
      keyArn: this.keyArn,
      kmsAlias: args.kmsAlias,
      secretPrefix: args.secretPrefix,
      secretArns: this.secretArns,
      readerRoleArn: this.readerRoleArn,
      secretStoreName: this.secretStoreName,
      kubernetesSecretName: this.kubernetesSecretName,
      variables: this.variables,
    });

    function createEnvironmentKey(): Key {
      const key = createKey(
        `${name}-key`,
        {
          account,
          region,
          description: `Encrypts the secrets, topics and logs under ${args.secretPrefix}.`,
          usedThrough: ["s3", "secretsmanager", "sns"],
          usedBy: alarmPublishers,
          ...tags,
        },
        self,
      );
      new Alias(
        `${name}-alias`,
        { name: args.kmsAlias, targetKeyId: key.keyId },
        { parent: self, deleteBeforeReplace: false },
      );
      return key;
    }

    function createSecret(credential: string, secretName: string): Secret {
      return new Secret(
        `${name}-${credential}`,
        {
          name: secretName,
          description: `The credential ${credential}.`,
          kmsKeyId: key.arn,
          recoveryWindowInDays: 30,
          ...tags,
        },
        // The provider deletes what a program names before it makes another, even where only the name changes: whoever
        // still reads by the old name would find nothing.
        { parent: self, deleteBeforeReplace: false },
      );
    }

    function createGuard(credential: string, secret: Secret): SecretPolicy {
      const readers = [roleArn, ...(credential in values ? args.administrators : [])];
      return new SecretPolicy(
        `${name}-${credential}`,
        {
          secretArn: secret.arn,
          policy: JSON.stringify(secretPolicy(account, roleArn, readers, args.administrators)),
          blockPublicPolicy: true,
        },
        { parent: self },
      );
    }

    function createVersion(credential: string, secret: Secret): SecretVersion[] {
      const value = values[credential];
      if (value === undefined) return [];
      // After the guards: a value never stands in a secret that anybody else can read.
      const version = new SecretVersion(
        `${name}-${credential}`,
        { secretId: secret.id, secretString: pulumi.secret(value) },
        { parent: self, dependsOn: guards },
      );
      return [version];
    }

    function createReaderRole(): Role {
      return new Role(
        roleName,
        {
          name: roleName,
          description: `Reads the secrets under ${args.secretPrefix}.`,
          assumeRolePolicy: JSON.stringify(
            trustPolicy(account, `arn:${partition}:eks:${region}:${account}:cluster/${args.cluster}`, reader),
          ),
          ...tags,
        },
        { parent: self },
      );
    }

    function createReaderPermissions(): RolePolicy {
      const arns = secrets.map(({ secret }) => secret.arn);
      return new RolePolicy(
        roleName,
        {
          role: role.id,
          policy: pulumi.jsonStringify(readerPolicy(region, arns, key.arn)),
        },
        { parent: self },
      );
    }

    function createAssociation(): PodIdentityAssociation {
      return new PodIdentityAssociation(
        roleName,
        {
          clusterName: args.cluster,
          namespace: reader.namespace,
          serviceAccount: reader.serviceAccount,
          roleArn: role.arn,
          ...tags,
        },
        { parent: self },
      );
    }

    /**
     * Without `auth` the controller uses its own pod's identity. It cannot take another service account's
     * (`serviceAccountRef` is for IRSA), and `role` must stay out: the role would have to assume itself.
     * https://external-secrets.io/latest/provider/aws-access/
     * https://github.com/external-secrets/external-secrets/issues/2951
     */
    function createSecretStore(): CustomResource {
      return new CustomResource(
        `${name}-store`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "SecretStore",
          metadata: { name, namespace: args.namespace },
          spec: { provider: { aws: { service: "SecretsManager", region } } },
        },
        { parent: self, dependsOn: [association, permissions] },
      );
    }

    function createExternalSecret(): CustomResource {
      return new CustomResource(
        `${name}-external`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: { name, namespace: args.namespace },
          spec: {
            refreshInterval: `${args.refreshMinutes ?? 15}m`,
            secretStoreRef: { kind: "SecretStore", name },
            // Retain: a secret that is missing for a moment must not take the gateway's keys away.
            target: { name, creationPolicy: "Owner", deletionPolicy: "Retain" },
            data: Object.entries(credentials).map(([credential, { secretName, variable }]) => ({
              secretKey: variable ?? credentialVariable(credential),
              remoteRef: { key: secretName },
            })),
          },
        },
        { parent: self, dependsOn: [store, ...guards, ...versions] },
      );
    }
  }
}

function checkArgs(name: string, args: SecretsArgs): void {
  const errors = new InputErrors(`Secrets "${name}"`);
  errors.require(isAccount(args.account), "account", "Not an AWS account id of 12 digits.");
  errors.require(isRegion(args.region), "region", 'Not an AWS region, such as "us-east-1".');
  errors.require(
    /^[\w+=,.@-]{1,57}$/.test(name),
    "name",
    "Not usable in the name of an IAM role, at most 57 characters.",
  );
  errors.require(/^alias\/(?!aws\/)[\w/-]+$/.test(args.kmsAlias), "kmsAlias", 'Not an alias: "alias/…".');
  errors.require(Object.keys(args.credentials).length > 0, "credentials", "Empty; an environment needs one.");
  const variables = new Map<string, string>();
  for (const [credential, { secretName, variable }] of Object.entries(args.credentials)) {
    const path = `credentials.${credential}`;
    errors.require(
      secretName.startsWith(`${args.secretPrefix}/`) && /^[\w/+=.@-]{1,512}$/.test(secretName),
      `${path}.secretName`,
      `"${secretName}" is not a name under "${args.secretPrefix}/".`,
    );
    const key = variable ?? credentialVariable(credential);
    errors.require(
      /^[A-Za-z_]\w*$/.test(key),
      `${path}.variable`,
      `"${key}" is not an environment variable.`,
    );
    const other = variables.get(key);
    errors.require(
      other === undefined,
      `${path}.variable`,
      `"${key}" is already the variable of "${other}".`,
    );
    variables.set(key, credential);
  }
  for (const credential of Object.keys(args.values ?? {})) {
    errors.require(credential in args.credentials, `values.${credential}`, "There is no such credential.");
  }
  errors.require(args.administrators.length > 0, "administrators", "Empty; nobody could ever store a value.");
  const principal = new RegExp(
    `^arn:${partitionOf(args.region)}:iam::${args.account}:(role|user)/[\\w+=,.@/-]+$`,
  );
  for (const [index, arn] of args.administrators.entries()) {
    errors.require(
      principal.test(arn),
      `administrators[${index}]`,
      `"${arn}" is not the ARN of one IAM role or user of account ${args.account}.`,
    );
  }
  for (const [field, value] of Object.entries(args.reader ?? {})) {
    errors.require(isLabel(value), `reader.${field}`, `"${value}" is not a Kubernetes name.`);
  }
  const minutes = args.refreshMinutes ?? 15;
  errors.require(
    Number.isInteger(minutes) && minutes > 0,
    "refreshMinutes",
    "Not a whole number of minutes.",
  );
  errors.throwIfAny();
}
