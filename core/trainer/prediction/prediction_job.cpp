#include "trainer/prediction/prediction_job.h"

#include "trainer/fields.h"

namespace nnunet {
namespace {

PredictionCase readCase(const nlohmann::json& json) {
  Fields fields(json, "a case of the job");
  PredictionCase result;
  result.name = fields.get<std::string>("case");
  result.data = fields.get<std::string>("data");
  result.properties = fields.get<std::string>("properties");
  result.previousStage = fields.get<std::string>("previousStage", "");
  result.output = fields.get<std::string>("output");
  result.probabilities = fields.get<std::string>("probabilities", "");
  if (const auto next = fields.get<nlohmann::json>("nextStage", nullptr); next.is_object()) {
    Fields nextFields(next, "the next stage of a case");
    result.nextStage = NextStage{nextFields.get<voxels::Shape3>("shape"), nextFields.get<std::string>("output")};
    nextFields.finish();
  }
  fields.finish();
  return result;
}

}  // namespace

PredictionJob readPredictionJob(const nlohmann::json& json) {
  Fields fields(json, "the job");
  PredictionJob job;
  fields.ignore("command");
  job.device = fields.get<std::string>("device", "auto");
  job.precision = fields.get<std::string>("precision", "auto");
  job.threads = fields.get("threads", 0);
  job.network = readArchitecture(fields.at("network"));
  const auto patch = fields.get<std::vector<int64_t>>("patchSize");
  const int dims = fields.get<int>("dims");
  if (patch.size() != static_cast<size_t>(dims))
    throw CoreError("bad-job", "The patch size does not have one entry per axis", "Write the job again.");
  job.patch = dims == 3 ? voxels::Shape3{patch[0], patch[1], patch[2]} : voxels::Shape3{1, patch[0], patch[1]};
  job.mirrorAxes = fields.get<std::vector<int>>("mirrorAxes", {});
  job.stepSize = fields.get("stepSize", 0.5);
  job.gaussian = fields.get("gaussian", true);
  job.checkpoints = fields.get<std::vector<std::string>>("checkpoints");

  Fields labels(fields.at("labels"), "the job's labels");
  job.exporting.heads = labels.get<int64_t>("numHeads");
  job.foregroundLabels = labels.get<std::vector<int>>("foreground");
  labels.ignore("regions");
  job.exporting.rule.regionsClassOrder = labels.get<std::vector<int>>("regionsClassOrder", {});
  labels.finish();

  Fields exporting(fields.at("export"), "the job's export");
  const auto spacing = exporting.get<std::vector<double>>("configurationSpacing");
  job.configurationSpacing = spacing.size() == 3 ? voxels::Spacing3{spacing[0], spacing[1], spacing[2]}
                                                 : voxels::Spacing3{0, spacing.at(0), spacing.at(1)};
  job.transposeForward = exporting.get<voxels::Axes3>("transposeForward");
  job.exporting.transposeBackward = exporting.get<voxels::Axes3>("transposeBackward");
  Fields resampling(exporting.at("resampling"), "the job's resampling");
  job.exporting.resampling.order = resampling.get("order", 1);
  job.exporting.resampling.orderZ = resampling.get("orderZ", 0);
  if (const auto force = resampling.get<nlohmann::json>("forceSeparateZ", nullptr); force.is_boolean())
    job.exporting.resampling.forceSeparateZ = force.get<bool>();
  resampling.finish();
  exporting.finish();

  for (const auto& entry : fields.at("cases")) job.cases.push_back(readCase(entry));
  fields.finish();
  if (job.checkpoints.empty()) throw CoreError("bad-job", "The job names no checkpoint", "Train the model first.");
  return job;
}

}  // namespace nnunet
