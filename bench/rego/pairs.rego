# The pairs of a project, from the files that `conftest test --combine` hands over: Pulumi.yaml and
# Pulumi.<stack>.yaml. As the engine does, a key in a stack's file replaces the whole key of Pulumi.yaml.
package pairs

files[name] := file.contents.config if {
	some file in input
	name := regex.replace(file.path, `^.*/`, "")
	regex.match(`^Pulumi\.([\w.-]+\.)?yaml$`, name)
}

project := {key: entry.value | some key, entry in files["Pulumi.yaml"]}

# By the name of production's stack: the file of each tier.
all[stack] := {"staging": counterpart, "production": name} if {
	some name, config in files
	environment := config["lockstep:environment"]
	environment.tier == "production"
	stack := trim_suffix(trim_prefix(name, "Pulumi."), ".yaml")
	counterpart := sprintf("Pulumi.%s.yaml", [environment.counterpart])
	files[counterpart]
}

# The file that a stack takes a key from. Rules over a single stack are functions of this name, not of the
# values, so that what every stack takes from Pulumi.yaml is judged once.
source(file, key) := file if {
	files[file][key]
} else := "Pulumi.yaml"

value("Pulumi.yaml", key) := project[key]

value(file, key) := files[file][key] if file != "Pulumi.yaml"

effective(file, key) := value(source(file, key), key)
