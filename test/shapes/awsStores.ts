import { capital, ec2Description, known, lacking, type Maker } from "./awsMaker";

/** The request log's table, roles, and what the gateway keeps its state in. */
export const stores: Record<string, Maker> = {
  "aws:glue/catalogDatabase:CatalogDatabase": async ({ inputs, call }) => {
    const { catalogId, name, description } = known(inputs, "catalogId", "name", "description");
    const parameters = { CatalogId: catalogId, DatabaseInput: { Name: name, Description: description } };
    await call("glue", "create_database", parameters);
    return { id: `${catalogId}:${name}` };
  },
  "aws:glue/catalogTable:CatalogTable": async ({ inputs, call }) => {
    const { catalogId, databaseName, parameters, storageDescriptor, ...table } = inputs;
    const { columns, serDeInfo, ...storage } = storageDescriptor;
    const { serializationLibrary, parameters: serdeParameters } = known(
      serDeInfo,
      ...["serializationLibrary", "parameters"],
    );
    await call("glue", "create_table", {
      CatalogId: catalogId,
      DatabaseName: databaseName,
      TableInput: {
        ...capital(table),
        Parameters: parameters,
        StorageDescriptor: {
          ...capital(storage),
          Columns: capital(columns),
          SerdeInfo: { SerializationLibrary: serializationLibrary, Parameters: serdeParameters },
        },
      },
    });
    return { id: `${catalogId}:${databaseName}:${table.name}` };
  },
  "aws:athena/workgroup:Workgroup": async ({ inputs, call }) => {
    const { name, description, configuration } = known(inputs, "name", "description", "configuration");
    const { enforceWorkgroupConfiguration, publishCloudwatchMetricsEnabled, resultConfiguration, ...others } =
      configuration;
    const { encryptionConfiguration, ...result } = resultConfiguration;
    const { encryptionOption, kmsKeyArn } = known(encryptionConfiguration, "encryptionOption", "kmsKeyArn");
    await call("athena", "create_work_group", {
      Name: name,
      Description: description,
      Configuration: {
        EnforceWorkGroupConfiguration: enforceWorkgroupConfiguration,
        PublishCloudWatchMetricsEnabled: publishCloudwatchMetricsEnabled,
        ResultConfiguration: {
          EncryptionConfiguration: { EncryptionOption: encryptionOption, KmsKey: kmsKeyArn },
          ...capital(result),
        },
        ...capital(others),
      },
    });
    return { id: name };
  },
  "aws:iam/role:Role": async ({ inputs, call }) => {
    const { name, description, assumeRolePolicy } = known(inputs, "name", "description", "assumeRolePolicy");
    const { Role } = await call("iam", "create_role", {
      RoleName: name,
      Description: description,
      AssumeRolePolicyDocument: assumeRolePolicy,
    });
    return { id: name, outputs: { arn: Role.Arn } };
  },
  "aws:iam/rolePolicy:RolePolicy": async ({ name, inputs, call }) => {
    const { role, policy } = known(inputs, "role", "policy");
    const parameters = { RoleName: role, PolicyName: name, PolicyDocument: policy };
    await call("iam", "put_role_policy", parameters);
    return { id: `${role}:${name}` };
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": async ({ name, inputs, call }) => {
    const association = known(inputs, "clusterName", "namespace", "serviceAccount", "roleArn");
    await lacking(call("eks", "create_pod_identity_association", association));
    return { id: `a-${name}` };
  },
  "aws:servicequotas/serviceQuota:ServiceQuota": async ({ inputs, call }) => {
    const { serviceCode, quotaCode, value } = known(inputs, "serviceCode", "quotaCode", "value");
    const parameters = { ServiceCode: serviceCode, QuotaCode: quotaCode, DesiredValue: value };
    await lacking(call("service-quotas", "request_service_quota_increase", parameters));
    return { id: `${serviceCode}/${quotaCode}` };
  },
  "aws:ec2/securityGroup:SecurityGroup": async ({ name, inputs, call }) => {
    const { description, vpcId } = known(inputs, "description", "vpcId", "revokeRulesOnDelete");
    const parameters = { GroupName: name, Description: ec2Description(description), VpcId: vpcId };
    return { id: (await call("ec2", "create_security_group", parameters)).GroupId };
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": async ({ inputs, call }) => {
    const { securityGroupId, referencedSecurityGroupId, description, ipProtocol, fromPort, toPort } = known(
      inputs,
      ...["securityGroupId", "referencedSecurityGroupId", "description", "ipProtocol", "fromPort", "toPort"],
    );
    const source = { GroupId: referencedSecurityGroupId, Description: ec2Description(description) };
    const { SecurityGroupRules } = await call("ec2", "authorize_security_group_ingress", {
      GroupId: securityGroupId,
      IpPermissions: [
        { IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort, UserIdGroupPairs: [source] },
      ],
    });
    return { id: SecurityGroupRules[0].SecurityGroupRuleId };
  },
  "aws:elasticache/subnetGroup:SubnetGroup": async ({ inputs, call }) => {
    const { name, description, subnetIds } = known(inputs, "name", "description", "subnetIds");
    await call("elasticache", "create_cache_subnet_group", {
      CacheSubnetGroupName: name,
      CacheSubnetGroupDescription: description,
      SubnetIds: subnetIds,
    });
    return { id: name };
  },
  "aws:elasticache/user:User": async ({ inputs, call }) => {
    const { userId, userName, engine, accessString, authenticationMode } = known(
      inputs,
      ...["userId", "userName", "engine", "accessString", "authenticationMode"],
    );
    const { ARN } = await call("elasticache", "create_user", {
      UserId: userId,
      UserName: userName,
      Engine: engine,
      AccessString: accessString,
      AuthenticationMode: capital(authenticationMode),
    });
    return { id: userId, outputs: { arn: ARN } };
  },
  "aws:elasticache/userGroup:UserGroup": async ({ inputs, call }) => {
    const { userGroupId, engine, userIds } = known(inputs, "userGroupId", "engine", "userIds");
    const parameters = { UserGroupId: userGroupId, Engine: engine, UserIds: userIds };
    await lacking(call("elasticache", "create_user_group", parameters));
    return { id: userGroupId };
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": async ({ inputs, call }) => {
    const { description, nodeType, multiAzEnabled, subnetGroupName, applyImmediately, ...group } = inputs;
    if (applyImmediately !== false) throw new Error("Changes wait for the maintenance window.");
    const { ReplicationGroup } = await call("elasticache", "create_replication_group", {
      ReplicationGroupDescription: description,
      CacheNodeType: nodeType,
      MultiAZEnabled: multiAzEnabled,
      CacheSubnetGroupName: subnetGroupName,
      ...capital(group),
    });
    const { Address } = ReplicationGroup.NodeGroups[0].PrimaryEndpoint;
    return {
      id: group.replicationGroupId,
      outputs: { arn: ReplicationGroup.ARN, primaryEndpointAddress: Address },
    };
  },
  "aws:rds/subnetGroup:SubnetGroup": async ({ inputs, call }) => {
    const { name, description, subnetIds } = known(inputs, "name", "description", "subnetIds");
    await call("rds", "create_db_subnet_group", {
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: description,
      SubnetIds: subnetIds,
    });
    return { id: name };
  },
  "aws:rds/instance:Instance": async ({ inputs, call }) => {
    const { dbName, dbSubnetGroupName, identifier, instanceClass, multiAz, username, ...others } = inputs;
    // What is for changes and for the deletion.
    const { applyImmediately, finalSnapshotIdentifier, skipFinalSnapshot, ...rest } = others;
    const { enabledCloudwatchLogsExports, ...instance } = rest;
    if (applyImmediately !== false) throw new Error("Changes wait for the maintenance window.");
    if (!skipFinalSnapshot && !/^[a-z](-?[a-z0-9])*$/i.test(finalSnapshotIdentifier))
      throw new Error("No name for the last snapshot.");
    const { DBInstance } = await call("rds", "create_db_instance", {
      DBName: dbName,
      DBSubnetGroupName: dbSubnetGroupName,
      DBInstanceIdentifier: identifier,
      DBInstanceClass: instanceClass,
      MultiAZ: multiAz,
      MasterUsername: username,
      EnableCloudwatchLogsExports: enabledCloudwatchLogsExports,
      ...capital(instance),
    });
    return {
      id: identifier,
      outputs: {
        arn: DBInstance.DBInstanceArn,
        address: DBInstance.Endpoint.Address,
        masterUserSecrets: [{ secretArn: DBInstance.MasterUserSecret.SecretArn }],
      },
    };
  },
};
